#include "harness/measures/outage_time.hpp"

#include "harness/measures/outages.hpp"
#include "harness/measures/scopes.hpp"

#include <fmt/format.h>

#include <array>

namespace gameday::measures {
namespace {

struct Total {
    Interval<double> length{0, 0};
    std::vector<Outage> outages;
};

// The outages that reach into the active phase. Without any the total is 0, known to the distance
// of two arrivals.
Total total_of(const Stream& stream, const Evidence& evidence, const MinimumLevel& minimum) {
    Total total;
    for (auto& outage : outages_of(stream, minimum, evidence.active.high)) {
        if (outage.end && outage.end->high <= evidence.active.low) continue;
        const auto length = length_of(outage);
        total.length = {total.length.low + length.low, total.length.high + length.high};
        total.outages.push_back(std::move(outage));
    }
    if (total.outages.empty()) total.length.high = seconds(stream.spacing);
    return total;
}

std::vector<Measurement> measure_outage_time(const Evidence& evidence, const Scenario& scenario) {
    const auto streams = streams_of(evidence, scenario);
    std::vector<Total> totals;
    for (const auto& stream : streams) {
        totals.push_back(total_of(stream, evidence, scenario.minimum));
    }
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(streams)) {
        auto measurement = begin_measurement("outage_time", scope, evidence.topology);
        measurement.criterion = fmt::format(
            "total length of the spans below the minimum level ({}), of the worst "
            "service, class and client region of this scope",
            level_words(scenario.minimum));
        const Total* worst = nullptr;
        double spacing = 0;
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (!scope.covers(streams[i].key)) continue;
            const auto& length = totals[i].length;
            measurement.value = measurement.value ? worse_of(*measurement.value, length) : length;
            if (worst == nullptr || length.high > worst->length.high) worst = &totals[i];
            spacing = std::max(spacing, seconds(streams[i].spacing));
        }
        if (worst != nullptr) {
            const auto count = static_cast<double>(worst->outages.size());
            measurement.why = worst->outages.empty() ? "the level held throughout" : "";
            measurement.figures = {{"spans", Unit::count, Interval<double>::point(count)},
                                   {"spacing", Unit::seconds, Interval<double>::point(spacing)}};
            for (const auto& outage : worst->outages) {
                add_witnesses(measurement, outage.witnesses);
            }
            if (!worst->outages.empty()) {
                measurement.from = worst->outages.front().start;
                measurement.to = worst->outages.back().end;
            }
        }
        measurements.push_back(std::move(measurement));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 3> outage_time_metrics{{
    {"outage_time", Unit::seconds, Comparison::at_most,
     "total time below the minimum level, the worse of reads and writes"},
    {"outage_time_read", Unit::seconds, Comparison::at_most,
     "total time that reads were below the minimum level"},
    {"outage_time_write", Unit::seconds, Comparison::at_most,
     "total time that writes were below the minimum level"},
}};

}  // namespace

extern const Measure outage_time{
    "outage_time",
    "total length of the spans below the minimum level, per service, class and client region",
    outage_time_metrics, &measure_outage_time};

}  // namespace gameday::measures
