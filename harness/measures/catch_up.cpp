#include "harness/measures/catch_up.hpp"

#include "harness/measures/recovery.hpp"
#include "harness/measures/scopes.hpp"
#include "harness/measures/streams.hpp"

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

std::map<NodeId, Samples> samples_by_replica(const Evidence& evidence) {
    std::map<NodeId, Samples> by_replica;
    for (const auto& sample : evidence.lags) by_replica[sample.replica].push_back(sample);
    for (auto& [replica, samples] : by_replica) {
        std::ranges::stable_sort(samples, {}, [](const LagSample& each) { return each.at.low; });
    }
    return by_replica;
}

// The largest lag a replica had before anything was injected.
std::optional<Duration> usual_lag(const Samples& samples, Instant first_fault) {
    std::size_t before = 0;
    Duration largest{};
    for (const auto& sample : samples) {
        if (sample.at.high > first_fault) break;
        ++before;
        largest = std::max(largest, sample.lag.high);
    }
    return before < fewest_before ? std::nullopt : std::optional(largest);
}

// A sample shows a replica behind when even its low end is more than usual, and caught up when even
// its high end is at most twice that: the usual largest is itself a sample.
struct Replica {
    const Samples& samples;
    Duration usual;

    [[nodiscard]] bool fell_behind(const FaultPeriod& fault) const {
        return std::ranges::any_of(samples, [&](const LagSample& each) {
            return each.at.high >= fault.injected.low && each.at.low <= fault.healed->high &&
                   each.lag.low > usual;
        });
    }
    [[nodiscard]] Interval<double> time_after(const FaultPeriod& fault) const {
        Interval<double> time{0, std::numeric_limits<double>::infinity()};
        for (const auto& each : samples) {
            if (each.at.low < fault.healed->low) continue;
            if (each.at.high >= fault.until) break;
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

Measurement measure(const Evidence& evidence, const std::map<NodeId, Samples>& by_replica,
                    const FaultPeriod& fault, Instant first_fault) {
    Measurement measurement;
    measurement.measure = "catch_up";
    measurement.metric = "catch_up";
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "from the heal of {} until the lag of each replica that fell behind is at most twice the "
        "largest before the first fault",
        fault.name);
    if (!fault.healed || fault.healed->low >= fault.until) {
        measurement.why = "the fault was not healed while the load lasted";
        return measurement;
    }
    bool known = false;
    for (const auto& [node, samples] : by_replica) {
        const auto usual = usual_lag(samples, first_fault);
        if (!usual) continue;
        known = true;
        const Replica replica{samples, *usual};
        if (!replica.fell_behind(fault)) continue;
        const auto time = replica.time_after(fault);
        measurement.value = measurement.value ? worse_of(*measurement.value, time) : time;
        measurement.figures.push_back({evidence.topology.node_name(node), Unit::seconds, time});
    }
    if (!known) {
        measurement.why = "no replication lag was sampled before the first fault";
    } else if (!measurement.value) {
        measurement.value = Interval<double>{0, 0};
        measurement.why = "no replica fell behind";
    }
    return measurement;
}

std::vector<Measurement> evaluate(const Evidence& evidence, const Scenario& /*scenario*/) {
    const auto by_replica = samples_by_replica(evidence);
    const auto faults = fault_periods(evidence);
    std::vector<Measurement> measurements;
    Instant first_fault = evidence.active.high;
    for (const auto& fault : faults) first_fault = std::min(first_fault, fault.injected.low);
    for (const auto& fault : faults) {
        measurements.push_back(measure(evidence, by_replica, fault, first_fault));
    }
    if (measurements.empty()) {
        Measurement none;
        none.measure = none.metric = "catch_up";
        none.why = "no fault was injected";
        measurements.push_back(none);
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> metrics{{
    {"catch_up", Unit::seconds, Comparison::at_most,
     "from the heal until replicas that fell behind have caught up, by marker writes"},
}};

}  // namespace

extern const Measure catch_up{"catch_up", "how long replicas take to catch up after the heal",
                              metrics, &evaluate};

}  // namespace gameday::measures
