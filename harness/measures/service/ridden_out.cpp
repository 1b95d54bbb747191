// Ridden out: a fault that the system has to bear without a span below its level.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace gameday::measures {
namespace {

using view::Belongs;
using view::FaultPeriod;
using view::Span;
using view::Stream;
using view::View;

bool must_be_ridden_out(const View& view, const FaultPeriod& fault) {
    return !fault.expects_outage || view.scenario.kind == ScenarioKind::sustained;
}

// Whether a fault that expects an outage shares the span: nobody can tell whose it is.
bool is_shared(const View& view, const FaultPeriod& fault, const Span& span) {
    return std::any_of(view.faults.begin(), view.faults.end(), [&](const FaultPeriod& other) {
        return other.id != fault.id && !must_be_ridden_out(view, other) &&
               view::belongs(span, other, view.faults, view.scenario.minimum.hold) != Belongs::no;
    });
}

bool was_down(const View& view, const FaultPeriod& fault, const Stream& stream) {
    return std::any_of(stream.spans.begin(), stream.spans.end(), [&](const Span& span) {
        return view::belongs(span, fault, view.faults, view.scenario.minimum.hold) == Belongs::no &&
               view::was_under_way(span, fault);
    });
}

// Whether nothing was due for as long as a window of the level while the fault was in force: an
// outage may have come and gone.
bool was_unobserved(const View& view, const FaultPeriod& fault, const Stream& stream) {
    const Duration window = std::max(view.scenario.minimum.hold,
                                     stream.spacing * static_cast<std::int64_t>(stream.window));
    const Instant end = fault.healed ? fault.healed->low : view.evidence.active.high;
    if (stream.gap < std::min(window, end - fault.injected.high)) return false;
    Instant before = fault.injected.high;
    Duration longest{};
    for (const auto* operation : stream.operations) {
        if (operation->scheduled < fault.injected.high) continue;
        const Instant when = std::min(operation->scheduled, end);
        longest = std::max(longest, when - before);
        before = when;
        if (operation->scheduled >= end) break;
    }
    longest = std::max(longest, end - before);
    return longest >= std::min(window, end - fault.injected.high);
}

// The spans that are put down to the fault; a shared one counts in the high end only, and so does
// one that was under way when it began.
Interval<double> count(const View& view, const FaultPeriod& fault, const std::vector<Span>& spans) {
    Interval<double> total{0, 0};
    for (const auto& span : spans) {
        const auto whose = view::belongs(span, fault, view.faults, view.scenario.minimum.hold);
        if (whose == Belongs::no && !view::was_under_way(span, fault)) continue;
        if (whose == Belongs::yes && !is_shared(view, fault, span)) total.low += 1;
        total.high += 1;
    }
    return total;
}

Measurement measure(const View& view, const FaultPeriod& fault) {
    Measurement measurement;
    measurement.measure = measurement.metric = "ridden_out";
    measurement.unit = Unit::count;
    measurement.fault = fault.name;
    measurement.criterion = fmt::format(
        "spans below the minimum level ({}) that belong to {}, which the system has to bear "
        "without "
        "one",
        level_words(view.scenario.minimum), fault.name);
    measurement.why = "the load has no operations";
    double most = -1;
    for (const auto& stream : view.streams) {
        auto value = both_readings(
            stream, [&](const std::vector<Span>& spans) { return count(view, fault, spans); });
        const bool unobserved = was_unobserved(view, fault, stream);
        if (unobserved) value.high = std::numeric_limits<double>::infinity();
        measurement.value = measurement.value ? worse_of(*measurement.value, value) : value;
        if (value.high <= most) continue;
        most = value.high;
        measurement.why = stream.name(view.scenario);
        if (!stream.thin.empty()) add_remark(measurement.why, stream.thin);
        if (unobserved) {
            add_remark(measurement.why,
                       "no operation was due for so long that an outage may have gone unseen");
        } else if (was_down(view, fault, stream)) {
            add_remark(measurement.why,
                       fmt::format("was down already when {} began, so whether it would have been "
                                   "ridden out is not known",
                                   fault.name));
        } else if (value.high > value.low) {
            add_remark(measurement.why,
                       "another fault in force expects an outage: declare it for this one as well "
                       "(expects_outage), or inject them one after the other");
        }
        measurement.witnesses.clear();
        for (const auto& span : stream.spans) {
            const auto whose = view::belongs(span, fault, view.faults, view.scenario.minimum.hold);
            if (whose == Belongs::no) continue;
            add_witnesses(measurement, span.witnesses);
        }
    }
    return measurement;
}

std::vector<Measurement> measure_ridden_out(const View& view) {
    std::vector<Measurement> measurements;
    for (const auto& fault : view.faults) {
        if (must_be_ridden_out(view, fault)) measurements.push_back(measure(view, fault));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> ridden_out_metrics{{
    {"ridden_out",
     "outages in a fault to be ridden out",
     Unit::count,
     Comparison::at_most,
     "spans below the minimum level in a fault that the system has to bear",
     {.implied = true, .suffices = true}},
}};

}  // namespace

extern const Measure ridden_out{"ridden_out", "Faults to be ridden out",
                                "whether faults that expect no outage went by without one",
                                ridden_out_metrics, &measure_ridden_out};

}  // namespace gameday::measures
