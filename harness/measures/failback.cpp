#include "harness/measures/failback.hpp"

#include "harness/measures/ledger.hpp"
#include "harness/measures/recovery.hpp"
#include "harness/measures/scopes.hpp"

#include <fmt/format.h>

#include <array>

namespace gameday::measures {
namespace {

bool way_back_seen(const FaultPeriod& fault) {
    return fault.healed && fault.healed->low < fault.until;
}

Measurement measure_time(const Evidence& evidence, const Scenario& scenario,
                         const std::vector<Stream>& streams,
                         const std::vector<std::vector<Outage>>& outages,
                         std::optional<RegionId> region, const FaultPeriod& fault) {
    const Scope scope{std::nullopt, region};
    auto measurement = begin_measurement("failback", scope, evidence.topology);
    measurement.metric = "failback_rto";
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "from the heal of {} to t_back, start of the first window in which the minimum level "
        "holds ({})",
        fault.name, level_words(scenario.minimum));
    if (!way_back_seen(fault)) {
        measurement.why = "the fault was not healed while the load lasted";
        return measurement;
    }
    double worst = -1;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (!scope.covers(streams[i].key)) continue;
        const auto recovery = recovery_of(streams[i], outages[i], *fault.healed, fault.until);
        measurement.value =
            measurement.value ? worse_of(*measurement.value, recovery.value) : recovery.value;
        if (recovery.value.high <= worst) continue;
        worst = recovery.value.high;
        measurement.from = fault.healed;
        measurement.to = recovery.stable;
        measurement.why = recovery.outage ? "" : "the level held throughout";
        measurement.witnesses =
            recovery.outage ? recovery.outage->witnesses : std::vector<std::uint64_t>();
    }
    return measurement;
}

// Lost writes acknowledged between the heal and the next fault; what fell into the heal itself, or
// can not be judged, widens the count.
Measurement measure_losses(const Ledger& ledger, const FaultPeriod& fault) {
    Measurement measurement;
    measurement.measure = "failback";
    measurement.metric = "failback_lost";
    measurement.unit = Unit::count;
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "lost writes that were acknowledged after the heal of {} and before the next fault",
        fault.name);
    if (!way_back_seen(fault)) {
        measurement.why = "the fault was not healed while the load lasted";
        return measurement;
    }
    if (!ledger.read_back) {
        measurement.why = "the ledger was not read back: no final read was answered";
        return measurement;
    }
    Interval<double> lost{0, 0};
    for (const auto& [write, fate] : ledger.acknowledged) {
        if (write->completed < fault.healed->low || write->completed >= fault.until) continue;
        const bool proven = fate == Fate::lost && write->completed > fault.healed->high;
        if (proven) lost.low += 1;
        if (fate == Fate::lost || fate == Fate::indeterminate) lost.high += 1;
        if (proven) add_witnesses(measurement, {write->seq});
    }
    measurement.value = lost;
    return measurement;
}

std::vector<Measurement> measure_failback(const Evidence& evidence, const Scenario& scenario) {
    const auto streams = streams_of(evidence, scenario);
    std::vector<std::vector<Outage>> outages;
    for (const auto& stream : streams) {
        outages.push_back(outages_of(stream, scenario.minimum, evidence.active.high));
    }
    const Ledger ledger = ledger_of(evidence, scenario);
    std::vector<Measurement> measurements;
    for (const auto& fault : fault_periods(evidence)) {
        for (const auto& scope : scopes_of(streams)) {
            if (scope.verb) continue;
            measurements.push_back(
                measure_time(evidence, scenario, streams, outages, scope.region, fault));
        }
        measurements.push_back(measure_losses(ledger, fault));
    }
    if (!measurements.empty()) return measurements;
    for (const auto* metric : {"failback_rto", "failback_lost"}) {
        Measurement measurement;
        measurement.measure = "failback";
        measurement.metric = metric;
        measurement.unit = measurements.empty() ? Unit::seconds : Unit::count;
        measurement.why = "no fault was injected";
        measurements.push_back(std::move(measurement));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 2> failback_metrics{{
    {"failback_rto", Unit::seconds, Comparison::at_most, "t_back − t_heal, the worst class"},
    {"failback_lost", Unit::count, Comparison::at_most, "acknowledged writes lost on the way back"},
}};

}  // namespace

extern const Measure failback{"failback",
                              "recovery time and loss counted from the heal, the order to go back",
                              failback_metrics, &measure_failback};

}  // namespace gameday::measures
