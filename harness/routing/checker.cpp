#include "harness/routing/checker.hpp"

#include <algorithm>
#include <utility>

namespace gameday::routing {
namespace {

constexpr Duration shortest_interval = std::chrono::milliseconds(1);

// Its number at the client; nothing is asked where there is no question.
Result<std::optional<std::size_t>> declare(StatusClient& client,
                                           const std::optional<StatusQuestion>& question) {
    if (!question) return std::optional<std::size_t>();
    auto number = client.add(*question);
    if (!number) return std::move(number).error();
    return std::optional(*number);
}

}  // namespace

HealthChecker::HealthChecker(boost::asio::io_context& io, const SteadyClock& clock,
                             const Topology& topology, RegionId observer, RouteSpec spec,
                             Changed changed)
    : io_(io),
      clock_(clock),
      topology_(topology),
      observer_(observer),
      spec_(std::move(spec)),
      changed_(std::move(changed)),
      timer_(io),
      view_(first_view(topology)) {}

Result<void> HealthChecker::start(const DriverKind& driver, const Params& params, Instant begin) {
    for (const auto& node : topology_.nodes) {
        const StatusContext context{io_, node.id, topology_.client_endpoint(observer_, node.id),
                                    *this, node.endpoint};
        auto client = driver.open_status(context, params);
        if (!client) return std::move(client).error().within(node.name);
        auto health = declare(**client, health_question(spec_));
        if (!health) return std::move(health).error().within(node.name);
        auto primary = declare(**client, primary_question(spec_));
        if (!primary) return std::move(primary).error().within(node.name);
        health_question_ = *health;
        primary_question_ = *primary;
        Watched watched;
        watched.client = std::move(*client);
        watched.primary.healthy = view_.primary[node.id.index()];
        watched.next_check = begin;
        nodes_.push_back(std::move(watched));
    }
    arm();
    return {};
}

void HealthChecker::stop() {
    stopped_ = true;
    timer_.cancel();
    for (auto& node : nodes_) node.client->close();
}

std::vector<HealthSample> HealthChecker::take() { return std::exchange(samples_, {}); }

// Tags: 2 × node for health, 2 × node + 1 for primary.
void HealthChecker::turn() {
    const Instant now = clock_.now();
    const Duration interval = std::max<Duration>(spec_.check_interval, shortest_interval);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Watched& node = nodes_[i];
        node.client->expire(now);
        if (node.next_check > now) continue;
        const Instant deadline = now + spec_.check_timeout;
        if (!node.health_pending && health_question_) {
            node.health_pending = true;
            node.client->ask(*health_question_, 2 * i, now, deadline);
        }
        if (!node.primary_pending && primary_question_) {
            node.primary_pending = true;
            node.client->ask(*primary_question_, 2 * i + 1, now, deadline);
        }
        while (node.next_check <= now) node.next_check += interval;
    }
    arm();
}

// One timer serves both: the next check, and the next deadline of a check under way.
void HealthChecker::arm() {
    if (stopped_) return;
    Instant next = Instant::max();
    for (const auto& node : nodes_) {
        next = std::min({next, node.next_check, node.client->expire(Instant::min())});
    }
    timer_.expires_at(clock_.when(next));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && !stopped_) turn();
    });
}

void HealthChecker::on_status(std::uint64_t tag, const NodeStatus& status) {
    const std::size_t index = tag / 2;
    const bool of_health = tag % 2 == 0;
    Watched& node = nodes_[index];
    (of_health ? node.health_pending : node.primary_pending) = false;
    HealthState& state = of_health ? node.health : node.primary;
    const bool before = state.healthy;
    state = after_check(state, status.good, spec_.threshold, spec_.recovery);
    if (state.healthy == before) return;
    (of_health ? view_.healthy : view_.primary)[index] = state.healthy;
    if (of_health) {
        samples_.push_back(HealthSample{clock_.now(), observer_, NodeId::of(index), state.healthy});
    }
    changed_(view_);
}

}  // namespace gameday::routing
