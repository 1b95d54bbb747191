// Availability: good operations ÷ due operations, with the baseline beside it.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::measures {
namespace {

using view::Stream;
using view::View;

double share(std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

Interval<double> share_of(const view::Tally& tally) {
    return {share(tally.good, tally.due), share(tally.at_best, tally.due)};
}

void add_baseline(Measurement& measurement, const view::Baseline& baseline) {
    if (baseline.due == 0) return;
    const auto point = [](double value) { return Interval<double>::point(value); };
    measurement.figures.push_back(
        {"baseline_success", Unit::share, point(share(baseline.good, baseline.due))});
    measurement.figures.push_back(
        {"baseline_throughput", Unit::per_second, point(baseline.rate_per_s)});
    measurement.figures.push_back({"baseline_p50", Unit::seconds, point(seconds(baseline.p50))});
    measurement.figures.push_back({"baseline_p99", Unit::seconds, point(seconds(baseline.p99))});
}

Measurement measure_scope(const View& view, const Scope& scope) {
    auto measurement = begin_measurement("availability", scope, view.evidence.topology);
    measurement.unit = Unit::share;
    measurement.criterion =
        "good operations ÷ due operations of the active phase, of the worst service, class and "
        "client "
        "region; good: ok, as the scenario says, and completed − scheduled within the latency "
        "bound";
    const Stream* worst = nullptr;
    for (const auto& stream : view.streams) {
        if (!scope.covers(stream.key) || stream.active.due == 0) continue;
        const auto value = share_of(stream.active);
        if (!stream.thin.empty()) {
            measurement.too_thin = stream.name(view.scenario) + ": " + stream.thin;
        }
        if (worst == nullptr || value.low < measurement.value->low) worst = &stream;
        measurement.value = measurement.value
                                ? Interval<double>{std::min(measurement.value->low, value.low),
                                                   std::min(measurement.value->high, value.high)}
                                : value;
    }
    if (worst == nullptr) {
        measurement.why = "no operation was due in the active phase";
        return measurement;
    }
    measurement.why = worst->name(view.scenario);
    if (worst->active.at_best > worst->active.good) {
        add_remark(measurement.why,
                   fmt::format("{} operations were late or lost by the instrument's own fault",
                               worst->active.at_best - worst->active.good));
    }
    measurement.figures = {
        {"due", Unit::count, Interval<double>::point(static_cast<double>(worst->active.due))},
        {"resolution", Unit::share, Interval<double>::point(share(1, worst->active.due))}};
    add_baseline(measurement, worst->baseline);
    return measurement;
}

std::vector<Measurement> measure_availability(const View& view) {
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(view.streams)) {
        measurements.push_back(measure_scope(view, scope));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 3> availability_metrics{{
    {"availability",
     "availability",
     Unit::share,
     Comparison::at_least,
     "good operations ÷ due operations of the active phase, of the worst stream",
     {.place = {.key_figure = 7}}},
    {"availability_read",
     "availability, reads",
     Unit::share,
     Comparison::at_least,
     "the same of reads",
     {.verb = Verb::read}},
    {"availability_write",
     "availability, writes",
     Unit::share,
     Comparison::at_least,
     "the same of writes",
     {.verb = Verb::write}},
}};

}  // namespace

extern const Measure availability{"availability", "Availability",
                                  "good operations ÷ due operations, with the baseline beside it",
                                  availability_metrics, &measure_availability};

}  // namespace gameday::measures
