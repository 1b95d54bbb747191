#include "harness/measures/availability.hpp"

#include "harness/measures/scopes.hpp"
#include "harness/measures/streams.hpp"

#include <fmt/format.h>

#include <array>

namespace gameday::measures {
namespace {

struct Tally {
    std::uint64_t due = 0, good = 0, late_by_us = 0;
};

// Counts active operations. One that was served in time but began late is the generator's fault.
Tally tally(const std::vector<Stream>& streams, const Scope& scope, const Goodness& goodness) {
    Tally result;
    for (const auto& stream : streams) {
        if (!scope.covers(stream.key)) continue;
        for (const auto* operation : stream.operations) {
            if (operation->phase != Phase::active) continue;
            ++result.due;
            if (goodness.good(*operation)) {
                ++result.good;
            } else if (goodness.served(*operation)) {
                ++result.late_by_us;
            }
        }
    }
    return result;
}

std::optional<Interval<double>> share_of(const Tally& counts) {
    if (counts.due == 0) return std::nullopt;
    const auto due = static_cast<double>(counts.due);
    return Interval<double>{static_cast<double>(counts.good) / due,
                            static_cast<double>(counts.good + counts.late_by_us) / due};
}

void add_baseline(Measurement& measurement, const std::vector<Stream>& streams, const Scope& scope,
                  const Goodness& goodness, const Interval<Instant>& steady) {
    std::vector<const Operation*> operations;
    for (const auto& stream : streams) {
        if (!scope.covers(stream.key)) continue;
        operations.insert(operations.end(), stream.operations.begin(), stream.operations.end());
    }
    const Baseline baseline = baseline_of(operations, goodness, steady);
    if (baseline.due == 0) return;
    const auto point = [](double value) { return Interval<double>::point(value); };
    const auto success = static_cast<double>(baseline.good) / static_cast<double>(baseline.due);
    measurement.figures.push_back({"baseline_success", Unit::share, point(success)});
    measurement.figures.push_back(
        {"baseline_throughput", Unit::per_second, point(baseline.rate_per_s)});
    measurement.figures.push_back({"baseline_p50", Unit::seconds, point(seconds(baseline.p50))});
    measurement.figures.push_back({"baseline_p99", Unit::seconds, point(seconds(baseline.p99))});
}

std::vector<Measurement> measure_availability(const Evidence& evidence, const Scenario& scenario) {
    const auto streams = streams_of(evidence, scenario);
    const Goodness goodness(scenario, evidence);
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(streams)) {
        if (scope.verb) continue;
        auto measurement = begin_measurement("availability", scope, evidence.topology);
        measurement.unit = Unit::share;
        measurement.criterion =
            "good operations ÷ due operations of the active phase; good: ok, and completed − "
            "scheduled within the latency bound";
        const Tally counts = tally(streams, scope, goodness);
        measurement.value = share_of(counts);
        measurement.why = counts.due == 0 ? "no operation was due in the active phase" : "";
        if (counts.late_by_us > 0) {
            measurement.why = fmt::format(
                "{} operations were served in time but issued late: the generator's error",
                counts.late_by_us);
        }
        for (const Verb verb : {Verb::read, Verb::write}) {
            const Tally part = tally(streams, {verb, scope.region}, goodness);
            measurement.figures.push_back(
                {fmt::format("{}s", name_of(verb)), Unit::share, share_of(part)});
        }
        measurement.figures.push_back(
            {"due", Unit::count, Interval<double>::point(static_cast<double>(counts.due))});
        add_baseline(measurement, streams, scope, goodness, evidence.steady);
        measurements.push_back(std::move(measurement));
    }
    return measurements;
}

constexpr std::array<MetricSpec, 1> availability_metrics{{
    {"availability", Unit::share, Comparison::at_least,
     "good operations ÷ due operations of the active phase"},
}};

}  // namespace

extern const Measure availability{"availability",
                                  "good operations ÷ due operations, with the baseline beside it",
                                  availability_metrics, &measure_availability};

}  // namespace gameday::measures
