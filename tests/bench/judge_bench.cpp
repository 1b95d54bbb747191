// What judging costs: evidence of 10^5, 10^6 and 10^7 operations, with an outage, losses and final
// reads; seconds, nanoseconds per operation, and the most memory the process ever had.
//
// Usage: bench_judge [OPERATIONS…]
#include "harness/app/catalog.hpp"
#include "harness/base/random.hpp"
#include "harness/judge/judge.hpp"
#include "harness/model/goodness.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace gameday::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t regions = 3;

struct History {
    Scenario scenario;
    Evidence evidence;
};

void add_system(History& history) {
    for (std::uint16_t i = 0; i < regions; ++i) {
        Node node;
        node.id = NodeId(i);
        node.region = RegionId(i);
        node.name = "node-" + std::to_string(i);
        history.evidence.topology.nodes.push_back(node);
        history.evidence.topology.regions.push_back(
            {RegionId(i), "region-" + std::to_string(i), {node.id}});
        history.evidence.clients.push_back({RegionId(i), 0});
    }
    history.scenario.topology = history.evidence.topology;
    history.scenario.loads.resize(1);
    history.scenario.loads[0].timeout = 500ms;
    history.scenario.loads[0].order = VersionOrder::causal;
    TargetSpec target;
    target.id = target.metric = "rto";
    target.value = 30;
    history.scenario.targets.push_back(target);
}

// Five sixths under load, each write to a key of its own; one sixth reads the newest keys back.
// Region 0 dies for a tenth of the time, and region 1 serves from a second later on.
History history_of(std::uint64_t count) {
    History history;
    add_system(history);
    auto& evidence = history.evidence;
    const std::uint64_t loaded = count / 6 * 5;
    const Duration apart = 50us;
    const Instant end = Instant(apart * static_cast<std::int64_t>(loaded));
    const auto share = [&](double part) {
        return Instant(Duration(
            static_cast<std::int64_t>(part * static_cast<double>(end.time_since_epoch().count()))));
    };
    evidence.steady = {Instant(), share(0.2)};
    evidence.active = {share(0.2), end};
    FaultWindow fault;
    fault.id = FaultId(1);
    fault.name = fault.kind = "region_outage";
    fault.nodes = fault.taken = {NodeId(std::uint16_t{0})};
    fault.injected = {share(0.4), share(0.4)};
    fault.healed = Interval<Instant>{share(0.5), share(0.5)};
    fault.affected = 1;
    evidence.faults.push_back(fault);
    const Instant down_until = share(0.4) + std::min<Duration>(1s, (share(0.5) - share(0.4)) / 2);
    Random random(1, "judge bench");
    std::uint32_t key = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        Operation operation;
        operation.seq = i + 1;
        const bool final = i >= loaded;
        operation.scheduled = operation.invoked =
            Instant(apart * static_cast<std::int64_t>(i)) + (final ? Duration(2s) : Duration());
        operation.completed = operation.invoked + 300us + Duration(random.below(200'000));
        operation.client = ClientId(static_cast<std::uint32_t>(i % regions));
        const bool down =
            !final && operation.invoked >= share(0.4) && operation.invoked < down_until;
        const auto by = static_cast<std::uint16_t>(operation.invoked < share(0.4) ? 0 : 1);
        operation.verb = final || random.chance(0.5) ? Verb::read : Verb::write;
        operation.phase = final                              ? Phase::final_read
                          : operation.scheduled < share(0.2) ? Phase::steady
                                                             : Phase::active;
        operation.node = operation.served_by = NodeId(by);
        operation.outcome = down ? Outcome::unknown : Outcome::ok;
        operation.cause = down ? Cause::timed_out : Cause::none;
        if (final) {
            operation.node = operation.served_by = NodeId(static_cast<std::uint16_t>(i % regions));
            operation.key =
                1 + static_cast<std::uint32_t>((i - loaded) / regions) % std::max(key, 1U);
            operation.value = operation.key;
        } else if (operation.verb == Verb::write) {
            operation.key = ++key;
            operation.value = operation.version = key;
        } else {
            operation.key = 1 + static_cast<std::uint32_t>(random.below(std::max(key, 1U)));
            operation.value = key == 0 ? 0 : operation.key;
        }
        evidence.operations.push_back(operation);
    }
    evidence.finished = evidence.operations.back().completed;
    return history;
}

double memory_mb() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(std::uint64_t count) {
    const History history = history_of(count);
    const double before = memory_mb();
    const auto begin = std::chrono::steady_clock::now();
    const auto report = judge::judge(history.scenario, history.evidence, app::catalog());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%10llu operations  %7.3f s  %6.0f ns each  %6.0f MB (%.0f MB before)  %s\n",
                static_cast<unsigned long long>(count), took.count(),
                took.count() * 1e9 / static_cast<double>(count), memory_mb(), before,
                std::string(name_of(report.verdict)).c_str());
    std::fflush(stdout);
}

}  // namespace
}  // namespace gameday::bench

int main(int argc, char** argv) {
    if (argc < 2) {
        for (const std::uint64_t count : {100'000U, 1'000'000U, 10'000'000U}) {
            gameday::bench::measure(count);
        }
        return 0;
    }
    for (int i = 1; i < argc; ++i) {
        gameday::bench::measure(std::strtoull(argv[i], nullptr, 10));
    }
    return 0;
}
