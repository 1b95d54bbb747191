// RTO, observed: `t_stable − t_fault`, read and write apart, per fault and client region. Never
// stable before the run ends: "> observed window".
#include "harness/measures/scopes.hpp"
#include "harness/measures/service/phases.hpp"
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

Recovery recovery_of(const View& view, const FaultPeriod& fault, const Stream& stream,
                     const std::vector<Span>& spans) {
    auto recovery = view::recovery_from(fault, spans, view.faults, view.scenario.minimum.hold);
    const Instant until =
        fault.healed ? fault.healed->high + view.scenario.minimum.hold : view.evidence.active.high;
    // A whole outage may lie in a silence. Up to the end of the load there may be no good operation
    // after it.
    const double silence =
        largest_silence(stream, fault.injected.low,
                        std::min(until, stream.operations.back()->scheduled), recovery.spans);
    recovery.value.high = std::max(recovery.value.high, silence);
    return recovery;
}

std::string remark(const View& view, const FaultPeriod& fault, const Stream& stream,
                   const Recovery& recovery) {
    std::string words;
    if (!stream.thin.empty()) words = stream.thin;
    if (recovery.was_down) {
        add_remark(words, fmt::format("was down already when {} began", fault.name));
    }
    if (recovery.censored) {
        add_remark(words,
                   fmt::format("recovered only after {} was healed, or not for certain before",
                               fault.name));
    } else if (!recovery.spans.empty() && !recovery.spans.back().end) {
        add_remark(words, "never stable before the load ended");
    } else if (recovery.spans.empty() && !recovery.was_down) {
        add_remark(words, "the level held throughout; known to the largest silence of the load");
    }
    return fmt::format("{}{}{}", stream.name(view.scenario), words.empty() ? "" : ": ", words);
}

// Of each stream, by index: every scope that covers it takes the same.
using Values = std::vector<Interval<double>>;

Values values_of(const View& view, const FaultPeriod& fault) {
    Values values;
    for (const auto& stream : view.streams) {
        values.push_back(both_readings(stream, [&](const std::vector<Span>& spans) {
            return recovery_of(view, fault, stream, spans).value;
        }));
    }
    return values;
}

Measurement measure_scope(const View& view, const Scope& scope, const FaultPeriod& fault,
                          const Values& values) {
    auto measurement = begin_measurement("rto", scope, view.evidence.topology);
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "from t_fault (fault {} in force) to t_stable, the end of its last span below the minimum "
        "level ({}); longer than the fault where only the heal ended it",
        fault.name, level_words(view.scenario.minimum));
    const Stream* worst = nullptr;
    for (std::size_t i = 0; i < view.streams.size(); ++i) {
        const Stream& stream = view.streams[i];
        if (!scope.covers(stream.key)) continue;
        const auto& value = values[i];
        const bool worse =
            !measurement.value || value.high > measurement.value->high ||
            (value.high == measurement.value->high && value.low > measurement.value->low);
        if (worse) worst = &stream;
        measurement.value = measurement.value ? worse_of(*measurement.value, value) : value;
    }
    if (worst == nullptr) return measurement;
    const auto recovery = recovery_of(view, fault, *worst, worst->spans);
    measurement.why = remark(view, fault, *worst, recovery);
    measurement.figures = phases_of(view, *worst, fault, recovery);
    measurement.figures.push_back(
        {"down_spans", Unit::count,
         Interval<double>::point(static_cast<double>(recovery.spans.size()))});
    measurement.from = fault.injected;
    measurement.to = recovery.spans.empty() ? fault.injected : recovery.stable();
    for (const auto& span : recovery.spans) add_witnesses(measurement, span.witnesses);
    return measurement;
}

std::vector<Measurement> measure_rto(const View& view) {
    const auto scopes = scopes_of(view.streams);
    std::vector<Measurement> measurements;
    for (const auto& fault : view.faults) {
        const Values values = values_of(view, fault);
        for (const auto& scope : scopes) {
            measurements.push_back(measure_scope(view, scope, fault, values));
        }
    }
    if (!measurements.empty()) return measurements;
    for (const auto& scope : scopes) {
        measurements.push_back(begin_measurement("rto", scope, view.evidence.topology));
        measurements.back().why = "no fault was injected";
    }
    return measurements;
}

constexpr std::array<MetricSpec, 3> rto_metrics{{
    {"rto",
     "RTO",
     Unit::seconds,
     Comparison::at_most,
     "t_stable − t_fault, the worse of reads and writes",
     {.resolved_by_load = true,
      .tier_bound = &Tier::rto,
      .place = {.objective = 1},
      .objective = "RTO",
      .span = {MarkKind::recovery, "RTO ", "", false}}},
    {"rto_read",
     "RTO, reads",
     Unit::seconds,
     Comparison::at_most,
     "t_stable − t_fault of reads",
     {.resolved_by_load = true,
      .verb = Verb::read,
      .place = {.key_figure = 2, .objective = 1},
      .objective = "RTO"}},
    {"rto_write",
     "RTO, writes",
     Unit::seconds,
     Comparison::at_most,
     "t_stable − t_fault of writes",
     {.resolved_by_load = true,
      .verb = Verb::write,
      .place = {.key_figure = 1, .objective = 1},
      .objective = "RTO"}},
}};

}  // namespace

extern const Measure rto{
    "rto", "Recovery time (RTO)",
    "recovery time observed: t_stable − t_fault, read and write apart, per fault", rto_metrics,
    &measure_rto};

}  // namespace gameday::measures
