#include "harness/load/sharded_engine.hpp"

#include "harness/base/ensure.hpp"
#include "harness/load/fresh_check.hpp"
#include "harness/load/health_thread.hpp"
#include "harness/load/read_back.hpp"
#include "harness/load/readable_check.hpp"
#include "harness/load/shard.hpp"
#include "harness/load/survivor_reads.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

namespace gameday::load {
namespace {

constexpr Duration status_window = std::chrono::seconds(1);
constexpr Duration last_arrivals = std::chrono::milliseconds(10);
constexpr Duration snapshot_step = std::chrono::milliseconds(100);
constexpr Duration remembered = std::chrono::minutes(1);       // acknowledged writes
constexpr Duration learn_patience = std::chrono::seconds(10);  // for what a driver asks
constexpr Duration fresh_patience = std::chrono::seconds(2);   // for the sample of keys
constexpr Duration visible_least = std::chrono::seconds(2);    // patience before the faults

void raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);  // without it, operations are shed, and say so
}

class ShardedEngine final : public LoadEngine {
 public:
    ShardedEngine(const Catalog& catalog, const SteadyClock& clock, std::uint32_t shards,
                  EvidenceSink* sink)
        : catalog_(catalog), clock_(clock), shard_count_(shards), sink_(sink) {}
    ~ShardedEngine() override { end(); }

    Result<Instant> start(const Scenario& scenario, std::uint32_t run_id, Instant begin) override;
    void set_phase(Phase phase) override { phase_.store(phase, std::memory_order_relaxed); }
    LoadStatus status() override;
    std::vector<StreamCount> streams(const Interval<Instant>& window) override;
    Readability readable() override { return readable_ ? readable_->result() : Readability(); }
    void keep_writes(std::optional<Instant> since) override { kept_since_ = since; }
    void begin_survey(const Survey& survey) override;
    void end_survey() override;
    void stop() override { end(); }
    Result<void> read_back(Duration patience, const std::stop_token& stop) override;
    std::vector<Operation> take_operations() override;
    std::vector<ClientInfo> clients() const override { return plan_.clients; }
    std::vector<HealthSample> take_health() override { return std::exchange(health_samples_, {}); }
    std::vector<CauseCount> take_causes() override { return std::exchange(causes_, {}).counts(); }
    std::vector<std::string> take_notes() override { return std::exchange(notes_, {}); }

 private:
    struct Snapshot {
        Instant at{};
        Tally tally;
    };

    void end();
    void gather_from_shards();
    Result<void> learn();
    Result<void> start_shards(const Scenario& scenario, Instant begin);
    void start_readers(const Scenario& scenario);
    std::vector<ClientId> find_readers(std::uint16_t load);
    [[nodiscard]] std::vector<Acked> acked_since(Instant after) const;
    [[nodiscard]] NodeId read_route(std::size_t load, std::size_t home) const;
    [[nodiscard]] Tally tally() const;

    const Catalog& catalog_;
    const SteadyClock& clock_;
    std::uint32_t shard_count_;
    EvidenceSink* sink_;
    Topology topology_;
    EnginePlan plan_;
    std::atomic<Phase> phase_{Phase::warmup};
    std::atomic<Instant> until_{Instant::max()};
    std::vector<std::unique_ptr<Shard>> shards_;
    std::unique_ptr<HealthThread> health_;
    std::vector<std::thread> threads_;
    std::vector<std::vector<ClientId>> readers_;  // by load, by RegionId
    mutable std::mutex views_mutex_;
    std::map<std::pair<std::size_t, std::size_t>, routing::View> views_;  // by load and home
    std::unique_ptr<ReadableCheck> readable_;
    std::unique_ptr<SurvivorReads> survivors_;
    std::optional<Instant> kept_since_;
    std::deque<Snapshot> snapshots_;
    Tally last_tally_;
    std::vector<Operation> operations_;
    std::vector<HealthSample> health_samples_;
    CauseLog causes_;
    std::vector<std::string> notes_;
};

Result<Instant> ShardedEngine::start(const Scenario& scenario, std::uint32_t run_id,
                                     Instant begin) {
    GAMEDAY_ENSURE(threads_.empty());
    auto plan = plan_loads(scenario, catalog_, run_id);
    if (!plan) return std::move(plan).error();
    plan_ = std::move(*plan);
    topology_ = scenario.topology;
    raise_open_files();
    for (std::size_t load = 0; load < plan_.loads.size(); ++load) {
        readers_.push_back(find_readers(static_cast<std::uint16_t>(load)));
    }
    if (sink_ != nullptr) sink_->clients(plan_.clients);
    if (auto learned = learn(); !learned) return std::move(learned).error();
    auto fresh = keys_are_fresh(plan_, topology_, clock_, readers_, fresh_patience);
    if (!fresh) return std::move(fresh).error();
    const Instant first = std::max(begin, clock_.now());
    if (auto started = start_shards(scenario, first); !started) {
        shards_.clear();
        return std::move(started).error();
    }
    start_readers(scenario);
    return first;
}

// All clients of a load are opened with the same answer.
Result<void> ShardedEngine::learn() {
    for (auto& load : plan_.loads) {
        if (load.driver->learn == nullptr) continue;
        auto learned = load.driver->learn(load.spec.driver_params, topology_, learn_patience);
        if (!learned) return std::move(learned).error().within("load " + load.spec.name);
        load.spec.driver_params = std::move(*learned);
    }
    return {};
}

Result<void> ShardedEngine::start_shards(const Scenario& scenario, Instant begin) {
    std::uint32_t count = shard_count_;
    if (count == 0) count = std::max(1U, std::thread::hardware_concurrency());
    count = std::max(1U, std::min(count, static_cast<std::uint32_t>(plan_.clients.size())));
    for (std::uint32_t i = 0; i < count; ++i) {
        shards_.push_back(std::make_unique<Shard>(
            Shard::Setting{plan_, topology_, clock_, phase_, until_, scenario.seed, i, count,
                           steady_slice(scenario.steady), sink_}));
        if (auto prepared = shards_.back()->prepare(begin); !prepared) return prepared;
    }
    health_ = std::make_unique<HealthThread>(
        plan_, topology_, clock_,
        [this](std::uint32_t load, std::uint32_t home, const routing::View& view) {
            {
                const std::scoped_lock lock(views_mutex_);
                views_.insert_or_assign({load, home}, view);
            }
            for (auto& shard : shards_) shard->post_view(load, home, view);
        },
        sink_);
    if (auto started = health_->start(); !started) {
        health_.reset();
        return started;
    }
    for (auto& shard : shards_) threads_.emplace_back([each = shard.get()] { each->run(); });
    snapshots_.push_back(Snapshot{clock_.now(), {}});
    return {};
}

void ShardedEngine::start_readers(const Scenario& scenario) {
    const Duration patience = std::max(scenario.settle + scenario.ledger_patience, visible_least);
    const auto writes = [this](Instant after) { return acked_since(after); };
    readable_ = std::make_unique<ReadableCheck>(
        ReadableCheck::Setting{plan_, topology_, clock_, readers_, patience}, writes,
        [this](std::size_t load, std::size_t home) { return read_route(load, home); });
    readable_->begin();
    survivors_ = std::make_unique<SurvivorReads>(plan_, topology_, clock_, readers_, writes, sink_);
}

std::vector<Acked> ShardedEngine::acked_since(Instant after) const {
    std::vector<Acked> writes;
    for (const auto& shard : shards_) shard->acks().copy_since(after, writes);
    return writes;
}

NodeId ShardedEngine::read_route(std::size_t load, std::size_t home) const {
    routing::View view;
    {
        const std::scoped_lock lock(views_mutex_);
        const auto known = views_.find({load, home});
        view = known != views_.end() ? known->second : routing::first_view(topology_);
    }
    const LoadPlan& plan = plan_.loads[load];
    const auto nodes =
        plan.route.order({topology_, view, plan.homes[home], plan.route.primary_only(Verb::read)});
    return nodes.empty() ? NodeId() : nodes.front();
}

std::vector<StreamCount> ShardedEngine::streams(const Interval<Instant>& window) {
    auto streams = streams_of(plan_);
    std::vector<StreamTally> sums(streams.size());
    for (const auto& shard : shards_) shard->book().add_to(sums, window);
    for (std::size_t i = 0; i < streams.size(); ++i) count_in(streams[i], sums[i]);
    return streams;
}

void ShardedEngine::begin_survey(const Survey& survey) {
    end_survey();
    if (survivors_ && !survey.survivors.empty()) survivors_->begin(survey);
}

void ShardedEngine::end_survey() {
    if (!survivors_) return;
    const auto reads = survivors_->end();
    operations_.insert(operations_.end(), reads.begin(), reads.end());
}

// Those who look at shards end first, and health: nothing may be posted to a shard that is gone.
void ShardedEngine::end() {
    if (readable_) readable_->end();
    end_survey();
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
    gather_from_shards();
    shards_.clear();
}

void ShardedEngine::gather_from_shards() {
    Shard::Notes notes;
    Duration undone{};
    for (auto& shard : shards_) {
        shard->log().move_to(operations_);
        causes_.merge(shard->causes());
        shard->add_notes(notes);
        undone = std::max(undone, shard->undone());
    }
    for (const auto& [what, count] : notes) {
        notes_.push_back(fmt::format("{}: {} {}", what.first, count, what.second));
    }
    if (undone > Duration::zero()) {
        notes_.push_back(
            fmt::format("the operations of the last {} were due and never issued: this "
                        "machine is too slow for rate_per_s",
                        format_duration(undone)));
    }
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
    const Instant kept = std::min(now, kept_since_.value_or(now)) - remembered;
    for (const auto& shard : shards_) shard->acks().trim(kept);
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
std::vector<ClientId> ShardedEngine::find_readers(std::uint16_t load) {
    std::vector<ClientId> result;
    for (const auto& region : topology_.regions) {
        const auto found = std::ranges::find_if(plan_.clients, [&](const ClientInfo& client) {
            return client.region == region.id && client.load == load;
        });
        result.push_back(ClientId::of(found - plan_.clients.begin()));
        if (found != plan_.clients.end()) continue;
        plan_.clients.push_back(
            ClientInfo{region.id, load, 0, plan_.loads[load].spec.cohorts.front().behaviour});
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
        if (sink_ != nullptr) sink_->clients(plan_.clients);
        ReadBack reading(plan, topology_, clock_, ledger, readers_[load], sink_);
        auto reads = reading.run(deadline, stop);
        if (!reads) return std::move(reads).error();
        operations_.insert(operations_.end(), reads->begin(), reads->end());
    }
    return {};
}

std::vector<Operation> ShardedEngine::take_operations() {
    GAMEDAY_ENSURE(threads_.empty());
    std::ranges::stable_sort(operations_, [](const Operation& a, const Operation& b) {
        return std::tie(a.scheduled, a.client.value, a.value) <
               std::tie(b.scheduled, b.client.value, b.value);
    });
    std::uint64_t seq = 0;
    for (auto& operation : operations_) operation.seq = ++seq;
    return std::exchange(operations_, {});
}

}  // namespace

std::unique_ptr<LoadEngine> make_sharded_engine(const Catalog& catalog, const SteadyClock& clock,
                                                std::uint32_t shards, EvidenceSink* sink) {
    return std::make_unique<ShardedEngine>(catalog, clock, shards, sink);
}

}  // namespace gameday::load
