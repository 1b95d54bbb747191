// Targets drawn around the truth: some just below it, some just above, some far away.
#include "tests/proof/history.hpp"

#include "harness/base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace gameday::proof {

namespace {

double near_truth(Random& random, const Claimable& truth, bool count) {
    double base = std::isfinite(truth.high_at_least) ? truth.high_at_least : truth.low_at_most;
    if (random.chance(0.3) && std::isfinite(truth.low_at_most)) base = truth.low_at_most;
    if (!std::isfinite(base)) base = 10 * random.unit();
    const auto kind = random.below(7);
    if (count) {
        const std::array<double, 7> counts{0,        base - 1,     base,           base + 1,
                                           base / 2, base * 2 + 5, base * 10 + 100};
        return std::max(0.0, std::floor(counts[kind]));
    }
    const std::array<double, 7> times{base - 0.001, base + 0.001, base - 0.03, base + 0.05,
                                      base / 2,     base * 2 + 1, 900};
    return std::max(0.0, times[kind]);
}

bool counts(const std::string& metric) {
    return metric.starts_with("lost") || metric == "failback_lost" || metric == "behind" ||
           metric == "split_brain_writes" || metric == "flaps";
}

bool by_fault(const std::string& metric) {
    return metric.starts_with("rto") || metric.starts_with("rpo") || metric.starts_with("lost_a") ||
           metric.starts_with("failback");
}

bool by_region(const std::string& metric) {
    return metric.starts_with("rto") || metric.starts_with("outage") || metric == "availability" ||
           metric.starts_with("latency");
}

}  // namespace

std::vector<TargetSpec> draw_targets(std::uint64_t seed, const History& history) {
    constexpr std::array<const char*, 22> metrics{"rto",
                                                  "rto",
                                                  "rto",
                                                  "rto_read",
                                                  "rto_write",
                                                  "outage_time",
                                                  "outage_time",
                                                  "outage_time_read",
                                                  "outage_time_write",
                                                  "availability",
                                                  "latency_p50",
                                                  "latency_p99",
                                                  "rpo",
                                                  "rpo",
                                                  "rpo_after_heal",
                                                  "lost_at_failover",
                                                  "lost_acked",
                                                  "lost_acked",
                                                  "failback_rto",
                                                  "split_brain_writes",
                                                  "flaps",
                                                  "replication_lag_max"};
    Random random(seed, "proof/targets");
    std::vector<TargetSpec> targets;
    const auto& truth = history.truth;
    for (std::uint64_t index = 0, count = 1 + random.below(4); index < count; ++index) {
        TargetSpec target;
        target.metric = metrics[random.below(metrics.size())];
        if (target.metric == "replication_lag_max" && history.evidence.lags.empty()) continue;
        if (by_region(target.metric) && random.chance(0.3)) {
            target.region = truth.regions[random.below(truth.regions.size())];
        }
        if (by_fault(target.metric) && random.chance(0.3)) {
            target.fault = truth.faults[random.below(truth.faults.size())].name;
        }
        const auto value = claimable(truth, target.metric, target.region, target.fault);
        if (target.metric == "availability") {
            target.comparison = Comparison::at_least;
            const double base = value.high_at_least;
            constexpr std::array<double, 5> moves{-0.001, 0.001, -0.05, 0.02, -0.5};
            target.value = std::clamp(base + moves[random.below(moves.size())], 0.0, 1.0);
        } else {
            target.value = near_truth(random, value, counts(target.metric));
        }
        target.id = target.metric + "#" + std::to_string(index + 1);
        target.declared = std::to_string(target.value);
        targets.push_back(std::move(target));
    }
    return targets;
}

std::vector<TargetSpec> implied_targets(const Truth& truth) {
    std::vector<TargetSpec> targets;
    const auto add = [&](const std::string& metric, const std::string& fault) {
        TargetSpec target;
        target.id = fault.empty() ? metric : metric + " " + fault;
        target.metric = metric;
        target.fault = fault;
        target.declared = "0";
        target.implied = true;
        targets.push_back(std::move(target));
    };
    for (const auto& fault : truth.faults) {
        if (!fault.expects_outage) add("ridden_out", fault.name);
    }
    for (const auto* metric : {"unexpected", "resurrected", "returned", "differing"}) {
        add(metric, "");
    }
    return targets;
}

}  // namespace gameday::proof
