// Catch-up: from the heal of a fault until every replica that fell behind under it is as near to
// its source again as before the first fault, by marker writes.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"
#include "harness/view/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <vector>

namespace gameday::measures {
namespace {

constexpr std::size_t fewest_before = 3;  // samples that say what is usual

using Samples = std::vector<LagSample>;  // of one replica, in order of time

// What is usual for a replica: its largest lag in the steady window and from then on, before
// anything was injected. (In the warm-up it may be further behind than ever.)
std::optional<Duration> usual_of(const Samples& samples, Instant first_fault) {
    Duration usual{};
    std::size_t before = 0;
    for (const auto& sample : samples) {
        if (sample.at.high > first_fault) break;
        usual = std::max(usual, sample.lag.high);
        ++before;
    }
    return before < fewest_before ? std::nullopt : std::optional(usual);
}

// A sample shows a replica behind when even its low end is more than usual, and caught up when even
// its high end is at most twice that: the usual largest is itself a sample.
struct Replica {
    const Samples& samples;
    Duration usual;
    std::optional<Duration> gap_most;  // nothing: it was no replica before

    // Whether samples from before the fault until after its heal, without a gap in which it may
    // have fallen behind unseen, all show it near.
    [[nodiscard]] bool stayed_near(const view::FaultPeriod& fault) const {
        if (!gap_most) return false;
        std::optional<Instant> last;
        for (const auto& each : samples) {
            if (last && each.at.low > fault.injected.low && each.at.low - *last > *gap_most) {
                return false;
            }
            last = each.at.low;
            if (each.at.high >= fault.injected.low && each.lag.low > usual) return false;
            if (each.at.low > fault.healed->high) return true;
        }
        return false;
    }
    [[nodiscard]] bool was_seen_after(const view::FaultPeriod& fault) const {
        return std::ranges::any_of(samples, [&](const LagSample& each) {
            return each.at.low >= fault.healed->low && each.at.high < fault.until;
        });
    }
    [[nodiscard]] Interval<double> time_after(const view::FaultPeriod& fault, Instant until) const {
        Interval<double> time{0, std::numeric_limits<double>::infinity()};
        for (const auto& each : samples) {
            if (each.at.low < fault.healed->low) continue;
            if (each.at.high >= until) break;
            if (each.lag.high <= 2 * usual) {
                time.high = seconds(each.at.high - fault.healed->low);
                break;
            }
            if (each.lag.low > usual) {
                time.low = std::max(0.0, seconds(each.at.low - fault.healed->high));
            }
        }
        return time;
    }
};

// Replicas that have samples; what was none before the first fault, an old primary say, must come
// as near as the nearest of the others was.
std::map<NodeId, Replica> replicas_of(const view::Lag& lag, Instant first_fault) {
    constexpr int gaps = 3;  // usual ones, that samples may be apart
    std::map<NodeId, Duration> usual;
    std::optional<Duration> nearest;
    for (const auto& replica : lag.replicas) {
        const auto own = usual_of(replica.samples, first_fault);
        if (!own) continue;
        usual.emplace(replica.replica, *own);
        nearest = std::min(nearest.value_or(*own), *own);
    }
    std::map<NodeId, Replica> replicas;
    if (!nearest) return replicas;
    for (const auto& replica : lag.replicas) {
        const auto own = usual.find(replica.replica);
        if (own == usual.end()) {
            replicas.emplace(replica.replica, Replica{replica.samples, *nearest, std::nullopt});
        } else {
            replicas.emplace(replica.replica,
                             Replica{replica.samples, own->second, gaps * replica.usual_gap});
        }
    }
    return replicas;
}

bool is_primary_after(const Evidence& evidence, NodeId node, const view::FaultPeriod& fault) {
    return std::ranges::any_of(evidence.roles, [&](const RoleSample& each) {
        return each.node == node && each.role == Role::primary &&
               each.at.low >= fault.healed->low && each.at.high < fault.until;
    });
}

Measurement measure(const Evidence& evidence, const std::map<NodeId, Replica>& replicas,
                    const view::FaultPeriod& fault) {
    Measurement measurement;
    measurement.measure = "catch_up";
    measurement.metric = "catch_up";
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "from the heal of {} until the lag of each replica that fell behind, or that could not be "
        "seen all the time, is at most twice the largest before the first fault",
        fault.name);
    if (!fault.healed || fault.healed->low >= fault.until) {
        measurement.why = "the fault was not healed while the load lasted";
        return measurement;
    }
    if (replicas.empty()) {
        measurement.why = "no replication lag was sampled before the first fault";
        return measurement;
    }
    // After the last fault samples go on while the ledger is read back.
    const bool is_last = fault.until == evidence.active.high;
    const Instant until = is_last ? std::max(fault.until, evidence.finished) : fault.until;
    for (const auto& [node, replica] : replicas) {
        if (replica.stayed_near(fault)) continue;
        // Who has taken over follows nobody.
        if (!replica.was_seen_after(fault) && is_primary_after(evidence, node, fault)) continue;
        const auto time = replica.time_after(fault, until);
        measurement.value = measurement.value ? worse_of(*measurement.value, time) : time;
        measurement.figures.push_back({evidence.topology.node_name(node), Unit::seconds, time});
    }
    if (!measurement.value) {
        measurement.value = Interval<double>{0, 0};
        measurement.why = "no replica fell behind";
    }
    return measurement;
}

std::vector<Measurement> measure_catch_up(const view::View& view) {
    const Evidence& evidence = view.evidence;
    const auto& faults = view.faults;
    std::vector<Measurement> measurements;
    Instant first_fault = evidence.active.high;
    for (const auto& fault : faults) first_fault = std::min(first_fault, fault.injected.low);
    const auto replicas = replicas_of(view.lag, first_fault);
    for (const auto& fault : faults) measurements.push_back(measure(evidence, replicas, fault));
    if (measurements.empty()) {
        Measurement none;
        none.measure = none.metric = "catch_up";
        none.why = "no fault was injected";
        measurements.push_back(none);
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> catch_up_metrics{{
    {"catch_up", "catch-up", Unit::seconds, Comparison::at_most,
     "from the heal until replicas that fell behind have caught up, by marker writes"},
}};

}  // namespace

extern const Measure catch_up{"catch_up", "Catch-up",
                              "how long replicas take to catch up after the heal", catch_up_metrics,
                              &measure_catch_up};

}  // namespace gameday::measures
