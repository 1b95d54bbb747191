#include "harness/load/shard.hpp"

#include <boost/asio/post.hpp>

#include <sys/prctl.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace gameday::load {
namespace {

constexpr Duration sweep_step = std::chrono::milliseconds(1);
constexpr std::uint32_t batch = 64;  // arrivals in a row before answers get a turn
constexpr std::uint32_t everything = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Shard::Load::Load(const LoadPlan& plan_in, const Setting& setting)
    : plan(&plan_in),
      pacer(plan_in.pace, Random(setting.seed, "load/" + plan_in.spec.name + "/pacer")),
      mix(plan_in.mix, Random(setting.seed, "load/" + plan_in.spec.name + "/mix")),
      homes(plan_in.homes.size()) {
    const std::uint32_t all = plan_in.spec.in_flight_max;
    in_flight_max = all / setting.count + (setting.index < all % setting.count ? 1U : 0U);
}

Shard::Shard(const Setting& setting)
    : setting_(setting), work_(io_.get_executor()), arrivals_(io_), sweeper_(io_), end_(io_) {}

Shard::~Shard() = default;

Result<void> Shard::prepare(Instant begin) {
    begin_ = begin;
    for (const auto& plan : setting_.plan.loads) {
        Load& load = loads_.emplace_back(plan, setting_);
        for (std::size_t home = 0; home < plan.homes.size(); ++home) {
            load.homes[home].view = routing::first_view(setting_.topology);
            for (const auto& node : setting_.topology.nodes) {
                const ClientContext context{
                    io_,     setting_.topology,
                    node.id, setting_.topology.client_endpoint(plan.homes[home], node.id),
                    *this,   true};
                auto client = plan.driver->open(context, plan.spec.driver_params);
                if (!client) return std::move(client).error().within("load " + plan.spec.name);
                load.homes[home].clients.push_back(std::move(*client));
            }
        }
        advance(load);
    }
    arm_arrivals();
    return {};
}

void Shard::run() {
    // 50 us of slack are the default, and most of the lateness of an idle machine.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    io_.run();
}

void Shard::post_view(std::uint32_t load, std::uint32_t home, const routing::View& view) {
    boost::asio::post(io_, [this, load, home, view] { loads_[load].homes[home].view = view; });
}

void Shard::post_drain() {
    boost::asio::post(io_, [this] { drain(); });
}

// Moves on to the next operation of a load whose client lives on this shard.
void Shard::advance(Load& load) {
    do {
        const Duration due = load.pacer.next();
        if (due == Duration::max()) {
            load.due = Instant::max();
            return;
        }
        load.due = begin_ + due;
        load.draft = load.mix.next();
    } while (load.draft.client.value % setting_.count != setting_.index);
}

// Issues what is due, the oldest first, at most so many. Returns how many.
std::uint32_t Shard::issue_due(Instant now, std::uint32_t most) {
    const Instant limit = std::min(now, setting_.until.load());
    for (std::uint32_t issued = 0; issued < most; ++issued) {
        const auto first =
            std::min_element(loads_.begin(), loads_.end(),
                             [](const Load& a, const Load& b) { return a.due < b.due; });
        if (first == loads_.end() || first->due > limit) return issued;
        issue(static_cast<std::uint32_t>(first - loads_.begin()), setting_.clock.now());
        advance(*first);
    }
    return most;
}

void Shard::issue(std::uint32_t load_index, Instant now) {
    Load& load = loads_[load_index];
    Home& home = load.homes[load.draft.home];
    Operation operation;
    operation.scheduled = load.due;
    operation.invoked = operation.completed = now;
    operation.value = load.draft.value;
    operation.key = load.draft.key;
    operation.client = load.draft.client;
    operation.verb = load.draft.verb;
    operation.outcome = Outcome::failed;
    operation.phase = setting_.phase.load(std::memory_order_relaxed);
    meter_.count_due();
    if (load.in_flight >= load.in_flight_max) {
        operation.cause = Cause::shed;
        return record(operation, load);
    }
    auto candidates = routing::choose(load.plan->route, setting_.topology, home.view,
                                      load.plan->homes[load.draft.home], load.draft.verb,
                                      load.draft.draw, home.turn++);
    if (candidates.empty()) {
        operation.cause = Cause::no_route;
        return record(operation, load);
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t tag = free_.back();
    free_.pop_back();
    Slot& slot = slots_[tag];
    slot.operation = operation;
    slot.deadline = now + load.plan->spec.timeout;
    slot.candidates = std::move(candidates);
    slot.attempt = 0;
    slot.load = load_index;
    slot.home = load.draft.home;
    slot.so_far = Outcome::failed;
    ++load.in_flight;
    attempt(tag, now);
}

void Shard::attempt(std::uint32_t tag, Instant now) {
    Slot& slot = slots_[tag];
    const NodeId node = slot.candidates[slot.attempt];
    slot.operation.node = node;
    const Instant deadline =
        routing::attempt_deadline(now, slot.deadline, slot.candidates.size() - slot.attempt);
    loads_[slot.load].homes[slot.home].clients[node.index()]->perform(
        Request{slot.operation.verb, slot.operation.key, slot.operation.value}, tag, now, deadline);
    arm_sweep(deadline);
}

void Shard::on_reply(std::uint64_t tag, const Reply& reply) {
    const Instant now = setting_.clock.now();
    const auto index = static_cast<std::uint32_t>(tag);
    Slot& slot = slots_[index];
    slot.so_far = routing::combine(slot.so_far, reply.outcome);
    slot.operation.cause = reply.cause;
    slot.operation.served_by = reply.served_by;
    slot.operation.version = reply.version;
    if (slot.operation.verb == Verb::read) slot.operation.value = reply.value;
    const bool again = reply.outcome != Outcome::ok && now < slot.deadline &&
                       slot.attempt + 1 < slot.candidates.size();
    if (!again) return complete(index, now);
    ++slot.attempt;
    attempt(index, now);
}

void Shard::complete(std::uint32_t tag, Instant now) {
    Slot& slot = slots_[tag];
    Load& load = loads_[slot.load];
    slot.operation.outcome = slot.so_far;
    slot.operation.completed = now;
    record(slot.operation, load);
    --load.in_flight;
    free_.push_back(tag);
    if (draining_) finish_if_idle();
}

void Shard::record(const Operation& operation, const Load& load) {
    log_.append(operation);
    meter_.count_done(operation, load.plan->latency_max);
}

void Shard::arm_arrivals() {
    Instant next = Instant::max();
    for (const auto& load : loads_) next = std::min(next, load.due);
    if (draining_ || next == Instant::max() || next > setting_.until.load()) return;
    arrivals_.expires_at(setting_.clock.when(next));
    arrivals_.async_wait([this](const boost::system::error_code& error) {
        if (error || draining_) return;
        issue_due(setting_.clock.now(), batch);
        arm_arrivals();
    });
}

// One timer for all timeouts, never oftener than once a step: a deadline may be declared missed a
// step late, and `completed` says when it was.
void Shard::arm_sweep(Instant deadline) {
    if (deadline == Instant::max() || deadline >= sweep_at_) return;
    sweep_at_ = deadline;
    sweeper_.expires_at(setting_.clock.when(deadline));
    sweeper_.async_wait([this](const boost::system::error_code& error) {
        if (!error) sweep();
    });
}

void Shard::sweep() {
    const Instant now = setting_.clock.now();
    sweep_at_ = Instant::max();
    Instant next = Instant::max();
    for (auto& load : loads_) {
        for (auto& home : load.homes) {
            for (auto& client : home.clients) next = std::min(next, client->expire(now));
        }
    }
    if (next != Instant::max()) arm_sweep(std::max(next, now + sweep_step));
}

// Issues what is left up to the common end of all shards, which may be a moment away.
void Shard::drain() {
    const Instant until = setting_.until.load();
    end_.expires_at(setting_.clock.when(until));
    end_.async_wait([this, until](const boost::system::error_code&) {
        issue_due(until, everything);
        draining_ = true;
        arrivals_.cancel();
        finish_if_idle();
    });
}

void Shard::finish_if_idle() {
    for (const auto& load : loads_) {
        if (load.in_flight > 0) return;
    }
    sweeper_.cancel();
    for (auto& load : loads_) {
        for (auto& home : load.homes) {
            // Not from inside a client's own call.
            for (auto& client : home.clients) {
                boost::asio::post(io_, [each = client.get()] { each->close(); });
            }
        }
    }
    work_.reset();
}

}  // namespace gameday::load
