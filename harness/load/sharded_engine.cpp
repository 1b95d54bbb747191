#include "harness/load/sharded_engine.hpp"

#include "harness/base/ensure.hpp"
#include "harness/load/health_thread.hpp"
#include "harness/load/read_back.hpp"
#include "harness/load/shard.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <thread>
#include <tuple>
#include <utility>

namespace gameday::load {
namespace {

constexpr Duration status_window = std::chrono::seconds(1);
constexpr Duration last_arrivals = std::chrono::milliseconds(10);
constexpr Duration snapshot_step = std::chrono::milliseconds(100);

void raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);  // without it, operations are shed, and say so
}

class ShardedEngine final : public LoadEngine {
 public:
    ShardedEngine(const Catalog& catalog, const SteadyClock& clock, std::uint32_t shards)
        : catalog_(catalog), clock_(clock), shard_count_(shards) {}
    ~ShardedEngine() override { end(); }

    Result<void> start(const Scenario& scenario, Instant begin) override;
    void set_phase(Phase phase) override { phase_.store(phase, std::memory_order_relaxed); }
    LoadStatus status() override;
    void stop() override { end(); }
    Result<void> read_back(Duration patience, const std::stop_token& stop) override;
    std::vector<Operation> take_operations() override;
    std::vector<ClientInfo> clients() const override { return plan_.clients; }
    std::vector<HealthSample> take_health() override { return std::exchange(health_samples_, {}); }

 private:
    struct Snapshot {
        Instant at{};
        Tally tally;
    };

    void end();
    std::vector<ClientId> readers(std::uint16_t load);
    [[nodiscard]] Tally tally() const;

    const Catalog& catalog_;
    const SteadyClock& clock_;
    std::uint32_t shard_count_;
    Topology topology_;
    EnginePlan plan_;
    std::atomic<Phase> phase_{Phase::warmup};
    std::atomic<Instant> until_{Instant::max()};
    std::vector<std::unique_ptr<Shard>> shards_;
    std::unique_ptr<HealthThread> health_;
    std::vector<std::thread> threads_;
    std::deque<Snapshot> snapshots_;
    Tally last_tally_;
    std::vector<Operation> operations_;
    std::vector<HealthSample> health_samples_;
};

Result<void> ShardedEngine::start(const Scenario& scenario, Instant begin) {
    GAMEDAY_ENSURE(threads_.empty());
    auto plan = plan_loads(scenario, catalog_);
    if (!plan) return std::move(plan).error();
    plan_ = std::move(*plan);
    topology_ = scenario.topology;
    raise_open_files();
    std::uint32_t count = shard_count_;
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    count = std::max(1U, std::min(count, static_cast<std::uint32_t>(plan_.clients.size())));
    for (std::uint32_t i = 0; i < count; ++i) {
        shards_.push_back(std::make_unique<Shard>(
            Shard::Setting{plan_, topology_, clock_, phase_, until_, scenario.seed, i, count}));
        if (auto prepared = shards_.back()->prepare(begin); !prepared) {
            shards_.clear();
            return prepared;
        }
    }
    health_ = std::make_unique<HealthThread>(
        plan_, topology_, clock_,
        [this](std::uint32_t load, std::uint32_t home, const routing::View& view) {
            for (auto& shard : shards_) shard->post_view(load, home, view);
        });
    if (auto started = health_->start(); !started) {
        health_.reset();
        shards_.clear();
        return started;
    }
    for (auto& shard : shards_) threads_.emplace_back([each = shard.get()] { each->run(); });
    snapshots_.push_back(Snapshot{clock_.now(), {}});
    return {};
}

// Health ends first: nothing may be posted to a shard that is gone.
void ShardedEngine::end() {
    if (health_ != nullptr) {
        health_->stop();
        health_samples_ = health_->take();
        health_.reset();
    }
    if (threads_.empty()) return;
    // An end for all shards that none has reached: else one would issue what falls between the
    // stops of the others, and the record would have holes near its end.
    until_.store(clock_.now() + last_arrivals);
    for (auto& shard : shards_) shard->post_drain();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    last_tally_ = tally();
    for (auto& shard : shards_) shard->log().move_to(operations_);
    shards_.clear();
}

Tally ShardedEngine::tally() const {
    if (shards_.empty()) return last_tally_;
    Tally sum;
    for (const auto& shard : shards_) shard->meter().add_to(sum);
    return sum;
}

// Differs with the youngest snapshot that is at least a window old, else with the oldest there is.
LoadStatus ShardedEngine::status() {
    const Instant now = clock_.now();
    const Tally after = tally();
    LoadStatus status;
    status.total = after.counters;
    if (snapshots_.empty()) return status;
    while (snapshots_.size() > 1 && now - snapshots_[1].at >= status_window) {
        snapshots_.pop_front();
    }
    const Snapshot& before = snapshots_.front();
    const LoadCounters& old = before.tally.counters;
    const auto good = static_cast<double>(after.counters.good - old.good);
    const auto bad = static_cast<double>(after.counters.bad - old.bad);
    if (now > before.at) {
        status.op_per_s =
            static_cast<double>(after.counters.done - old.done) / seconds(now - before.at);
    }
    if (good + bad > 0) status.success = good / (good + bad);
    status.p99_s = seconds(quantile(before.tally, after, 0.99));
    if (now - snapshots_.back().at >= snapshot_step) snapshots_.push_back(Snapshot{now, after});
    return status;
}

// The client of a load that reads back from each region: one of its own there, else a new one.
std::vector<ClientId> ShardedEngine::readers(std::uint16_t load) {
    std::vector<ClientId> result;
    for (const auto& region : topology_.regions) {
        const ClientInfo wanted{region.id, load};
        const auto found = std::find(plan_.clients.begin(), plan_.clients.end(), wanted);
        result.push_back(ClientId::of(found - plan_.clients.begin()));
        if (found == plan_.clients.end()) plan_.clients.push_back(wanted);
    }
    return result;
}

Result<void> ShardedEngine::read_back(Duration patience, const std::stop_token& stop) {
    GAMEDAY_ENSURE(threads_.empty());
    const Instant deadline = clock_.now() + patience;
    for (std::uint16_t load = 0; load < plan_.loads.size(); ++load) {
        const LoadPlan& plan = plan_.loads[load];
        if (!plan.spec.ledger) continue;
        const Ledger ledger = make_ledger(operations_, plan_.clients, load);
        if (ledger.empty()) continue;
        ReadBack reading(plan, topology_, clock_, ledger, readers(load));
        auto reads = reading.run(deadline, stop);
        if (!reads) return std::move(reads).error();
        operations_.insert(operations_.end(), reads->begin(), reads->end());
    }
    return {};
}

std::vector<Operation> ShardedEngine::take_operations() {
    GAMEDAY_ENSURE(threads_.empty());
    std::stable_sort(operations_.begin(), operations_.end(),
                     [](const Operation& a, const Operation& b) {
                         return std::tie(a.scheduled, a.client.value, a.value) <
                                std::tie(b.scheduled, b.client.value, b.value);
                     });
    std::uint64_t seq = 0;
    for (auto& operation : operations_) operation.seq = ++seq;
    return std::exchange(operations_, {});
}

}  // namespace

std::unique_ptr<LoadEngine> make_sharded_engine(const Catalog& catalog, const SteadyClock& clock,
                                                std::uint32_t shards) {
    return std::make_unique<ShardedEngine>(catalog, clock, shards);
}

}  // namespace gameday::load
