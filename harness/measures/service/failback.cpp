// Failback: the same RTO and RPO, counted from the order to go back, which is the heal.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"
#include "harness/view/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::measures {
namespace {

using view::FaultPeriod;
using view::Recovery;
using view::Span;
using view::Stream;
using view::View;

// Of a fault that was healed while the load lasted.
Recovery recovery_of(const FaultPeriod& fault, const Stream& stream,
                     const std::vector<Span>& spans) {
    auto recovery = view::way_back_from(fault, spans);
    const double silence = largest_silence(
        stream, fault.healed->low, std::min(fault.back_until, stream.operations.back()->scheduled),
        recovery.spans);
    recovery.value.high = std::max(recovery.value.high, silence);
    return recovery;
}

Measurement measure_scope(const View& view, std::optional<RegionId> region,
                          const FaultPeriod& fault) {
    const Scope scope{std::nullopt, region};
    auto measurement = begin_measurement("failback", scope, view.evidence.topology);
    measurement.metric = "failback_rto";
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "from the heal of {} to t_back, the end of the last span below the minimum level ({}) "
        "under "
        "way at the heal or begun after it, until the next fault",
        fault.name, level_words(view.scenario.minimum));
    if (!fault.healed || fault.healed->low >= view.evidence.active.high) {
        measurement.why = "the fault was not healed while the load lasted";
        return measurement;
    }
    const Stream* worst = nullptr;
    double most = -1;
    for (const auto& stream : view.streams) {
        if (!scope.covers(stream.key)) continue;
        const auto value = both_readings(stream, [&](const std::vector<Span>& spans) {
            return recovery_of(fault, stream, spans).value;
        });
        measurement.value = measurement.value ? worse_of(*measurement.value, value) : value;
        if (value.high <= most) continue;
        most = value.high;
        worst = &stream;
    }
    if (worst == nullptr) return measurement;
    const auto recovery = recovery_of(fault, *worst, worst->spans);
    measurement.why = worst->name(view.scenario);
    if (!worst->thin.empty()) add_remark(measurement.why, worst->thin);
    if (recovery.spans.empty()) add_remark(measurement.why, "the level held throughout");
    measurement.from = fault.healed;
    measurement.to = recovery.spans.empty() ? fault.healed : recovery.stable();
    for (const auto& span : recovery.spans) add_witnesses(measurement, span.witnesses);
    return measurement;
}

std::vector<Measurement> measure_failback(const View& view) {
    std::vector<Measurement> measurements;
    for (const auto& fault : view.faults) {
        for (const auto& scope : scopes_of(view.streams)) {
            if (!scope.verb) measurements.push_back(measure_scope(view, scope.region, fault));
        }
    }
    if (measurements.empty()) {
        auto none = begin_measurement("failback", {}, view.evidence.topology);
        none.metric = "failback_rto";
        none.why = "no fault was injected";
        measurements.push_back(std::move(none));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> failback_metrics{{
    {"failback_rto",
     "failback RTO",
     Unit::seconds,
     Comparison::at_most,
     "t_back − t_heal, the worst class",
     {.resolved_by_load = true}},
}};

}  // namespace

extern const Measure failback{"failback", "Failback",
                              "recovery time counted from the heal, the order to go back",
                              failback_metrics, &measure_failback};

}  // namespace gameday::measures
