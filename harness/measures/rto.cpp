#include "harness/measures/rto.hpp"

#include "harness/measures/recovery.hpp"
#include "harness/measures/rto_phases.hpp"
#include "harness/measures/scopes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::measures {
namespace {

// An outage that the fault caused may begin as late as the first operation after the heal that was
// still affected; what begins later belongs to the way back.
Instant last_begin(const FaultPeriod& fault, const Stream& stream) {
    if (!fault.healed) return fault.until;
    return std::min(fault.until, fault.healed->high + stream.spacing + stream.baseline.service);
}

Measurement measure_scope(const Evidence& evidence, const Scenario& scenario,
                          const std::vector<Stream>& streams,
                          const std::vector<std::vector<Outage>>& outages, const Scope& scope,
                          const FaultPeriod& fault) {
    auto measurement = begin_measurement("rto", scope, evidence.topology);
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "from t_fault (fault {} in force) to t_stable, start of the first window in which the "
        "minimum level holds ({})",
        fault.name, level_words(scenario.minimum));
    std::optional<Recovery> worst;
    const Stream* worst_stream = nullptr;
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (!scope.covers(streams[i].key)) continue;
        auto recovery =
            recovery_of(streams[i], outages[i], fault.injected, last_begin(fault, streams[i]));
        measurement.value =
            measurement.value ? worse_of(*measurement.value, recovery.value) : recovery.value;
        if (!worst || recovery.value.high > worst->value.high) {
            worst = std::move(recovery);
            worst_stream = &streams[i];
        }
    }
    if (!worst) return measurement;
    measurement.why.clear();
    if (!worst->outage) {
        measurement.why = "the level held throughout; known to the next good operation";
    } else if (!worst->outage->end) {
        measurement.why = "never stable before the observed window ended";
    }
    measurement.figures = phases_of(evidence, *worst_stream, fault, *worst);
    measurement.figures.push_back(
        {"down_spans", Unit::count,
         Interval<double>::point(static_cast<double>(worst->down_spans))});
    measurement.from = fault.injected;
    measurement.to = worst->stable;
    if (worst->outage) add_witnesses(measurement, worst->outage->witnesses);
    return measurement;
}

std::vector<Measurement> measure_rto(const Evidence& evidence, const Scenario& scenario) {
    const auto streams = streams_of(evidence, scenario);
    std::vector<std::vector<Outage>> outages;
    for (const auto& stream : streams) {
        outages.push_back(outages_of(stream, scenario.minimum, evidence.active.high));
    }
    const auto scopes = scopes_of(streams);
    std::vector<Measurement> measurements;
    for (const auto& fault : fault_periods(evidence)) {
        for (const auto& scope : scopes) {
            measurements.push_back(
                measure_scope(evidence, scenario, streams, outages, scope, fault));
        }
    }
    if (!measurements.empty()) return measurements;
    for (const auto& scope : scopes) {
        measurements.push_back(begin_measurement("rto", scope, evidence.topology));
        measurements.back().why = "no fault was injected";
    }
    return measurements;
}

constexpr std::array<MetricSpec, 3> rto_metrics{{
    {"rto", Unit::seconds, Comparison::at_most,
     "t_stable − t_fault, the worse of reads and writes"},
    {"rto_read", Unit::seconds, Comparison::at_most, "t_stable − t_fault of reads"},
    {"rto_write", Unit::seconds, Comparison::at_most, "t_stable − t_fault of writes"},
}};

}  // namespace

extern const Measure rto{
    "rto", "recovery time observed: t_stable − t_fault, read and write apart, per fault",
    rto_metrics, &measure_rto};

}  // namespace gameday::measures
