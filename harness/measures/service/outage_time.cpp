// Outage time: total length of the spans below the minimum level, per service, operation class
// (read, write) and client region.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

namespace gameday::measures {
namespace {

using view::Span;
using view::Stream;
using view::View;

bool reaches(const Span& span, const Interval<Instant>& active) {
    return !span.end || span.end->high > active.low;
}

// Where the level may have been broken: spans, and bad operations that it forgives, each from the
// good operation before to the one after; and the largest silence, in which a whole outage may have
// been.
struct Broken {
    std::vector<Interval<Instant>> stretches;  // in order of their beginnings
    bool open = false;
    Duration silence{};
};

Broken broken_in(const Stream& stream, const std::vector<Span>& spans,
                 const Interval<Instant>& active) {
    Broken broken;
    for (const auto& span : spans) {
        if (!reaches(span, active)) continue;
        broken.open = broken.open || !span.end;
        broken.stretches.push_back({span.start.low, span.end ? span.end->high : active.high});
    }
    const Operation* before = nullptr;
    bool any_bad = false;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (!stream.good[i]) {
            any_bad = true;
            continue;
        }
        if (operation.scheduled >= active.low) {
            const Instant since = before == nullptr ? active.low : before->scheduled;
            if (any_bad) broken.stretches.push_back({since, operation.completed});
            if (!any_bad) broken.silence = std::max(broken.silence, operation.completed - since);
        }
        before = &operation;
        any_bad = false;
    }
    if (before != nullptr)
        broken.silence = std::max(broken.silence, active.high - before->scheduled);
    std::sort(broken.stretches.begin(), broken.stretches.end(),
              [](const auto& a, const auto& b) { return a.low < b.low; });
    return broken;
}

// Windows decide to the number of operations that they forgive: stretches less than a window apart
// may be one.
double most_of(const Broken& broken, Duration window) {
    if (broken.open) return std::numeric_limits<double>::infinity();
    Duration total = broken.silence;
    std::optional<Interval<Instant>> run;
    for (const auto& stretch : broken.stretches) {
        if (run && stretch.low - run->high < window) {
            run->high = std::max(run->high, stretch.high);
            continue;
        }
        if (run) total += run->width();
        run = stretch;
    }
    if (run) total += run->width();
    return seconds(total);
}

Interval<double> total_of(const Stream& stream, const std::vector<Span>& spans, const View& view) {
    const auto& active = view.evidence.active;
    const Duration window = std::max(view.scenario.minimum.hold,
                                     stream.spacing * static_cast<std::int64_t>(stream.window));
    Interval<double> total{0, most_of(broken_in(stream, spans, active), window)};
    for (const auto& span : spans) {
        if (!reaches(span, active)) continue;
        const Instant least_end = span.end ? span.end->low : span.last_bad;
        total.low += std::max(0.0, seconds(least_end - span.start.high));
    }
    return total;
}

void describe(Measurement& measurement, const View& view, const Stream& worst) {
    std::size_t count = 0;
    const Span* first = nullptr;
    for (const auto& span : worst.spans) {
        if (!reaches(span, view.evidence.active)) continue;
        if (first == nullptr) first = &span;
        ++count;
        add_witnesses(measurement, span.witnesses);
        measurement.to = span.end;
    }
    if (first != nullptr) measurement.from = first->start;
    measurement.why = worst.name(view.scenario);
    if (!worst.thin.empty()) add_remark(measurement.why, worst.thin);
    if (count == 0) add_remark(measurement.why, "the level held throughout");
    measurement.figures = {
        {"spans", Unit::count, Interval<double>::point(static_cast<double>(count))},
        {"largest_gap", Unit::seconds, Interval<double>::point(seconds(worst.gap))}};
}

std::vector<Measurement> measure_outage_time(const View& view) {
    // Of each stream, by index: every scope that covers it takes the same.
    std::vector<Interval<double>> values;
    for (const auto& stream : view.streams) {
        values.push_back(both_readings(
            stream, [&](const std::vector<Span>& spans) { return total_of(stream, spans, view); }));
    }
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(view.streams)) {
        auto measurement = begin_measurement("outage_time", scope, view.evidence.topology);
        measurement.criterion = fmt::format(
            "total length of the spans below the minimum level ({}), of the worst service, class "
            "and "
            "client region of this scope; at most with what the level forgives and gaps hide",
            level_words(view.scenario.minimum));
        const Stream* worst = nullptr;
        double most = -1;
        for (std::size_t i = 0; i < view.streams.size(); ++i) {
            const Stream& stream = view.streams[i];
            if (!scope.covers(stream.key)) continue;
            const auto& value = values[i];
            measurement.value = measurement.value ? worse_of(*measurement.value, value) : value;
            if (value.high <= most) continue;
            most = value.high;
            worst = &stream;
        }
        if (worst != nullptr) describe(measurement, view, *worst);
        measurements.push_back(std::move(measurement));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 3> outage_time_metrics{{
    {"outage_time",
     "outage time",
     Unit::seconds,
     Comparison::at_most,
     "total time below the minimum level, the worse of reads and writes",
     {.resolved_by_load = true}},
    {"outage_time_read",
     "outage time, reads",
     Unit::seconds,
     Comparison::at_most,
     "total time that reads were below the minimum level",
     {.resolved_by_load = true,
      .verb = Verb::read,
      .place = {.headline = 2},
      .headline = {.subject = "reads"}}},
    {"outage_time_write",
     "outage time, writes",
     Unit::seconds,
     Comparison::at_most,
     "total time that writes were below the minimum level",
     {.resolved_by_load = true,
      .verb = Verb::write,
      .place = {.headline = 1},
      .headline = {.subject = "writes"}}},
}};

}  // namespace

extern const Measure outage_time{
    "outage_time", "Outage time",
    "total length of the spans below the minimum level, per service, class and client region",
    outage_time_metrics, &measure_outage_time};

}  // namespace gameday::measures
