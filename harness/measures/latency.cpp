#include "harness/measures/latency.hpp"

#include "harness/measures/scopes.hpp"
#include "harness/measures/streams.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::measures {
namespace {

// Latencies of the good operations of a phase, sorted.
std::vector<Duration> latencies_of(const std::vector<Stream>& streams, const Scope& scope,
                                   const Goodness& goodness, Phase phase) {
    std::vector<Duration> latencies;
    for (const auto& stream : streams) {
        if (!scope.covers(stream.key)) continue;
        for (const auto* operation : stream.operations) {
            if (operation->phase == phase && goodness.good(*operation)) {
                latencies.push_back(operation->latency());
            }
        }
    }
    std::sort(latencies.begin(), latencies.end());
    return latencies;
}

Interval<double> quantile_point(const std::vector<Duration>& sorted, double q) {
    return Interval<double>::point(seconds(quantile(sorted, q)));
}

constexpr std::array<std::pair<const char*, double>, 2> quantiles{
    {{"latency_p50", 0.5}, {"latency_p99", 0.99}}};

std::vector<Measurement> measure_latency(const Evidence& evidence, const Scenario& scenario) {
    const auto streams = streams_of(evidence, scenario);
    const Goodness goodness(scenario, evidence);
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(streams)) {
        if (scope.verb) continue;
        const auto active = latencies_of(streams, scope, goodness, Phase::active);
        const auto steady = latencies_of(streams, scope, goodness, Phase::steady);
        for (const auto& [metric, q] : quantiles) {
            auto measurement = begin_measurement("latency", scope, evidence.topology);
            measurement.metric = metric;
            measurement.criterion =
                "quantile of completed − scheduled of the good operations of the active phase";
            measurement.why = active.empty() ? "no operation of the active phase was good" : "";
            if (!active.empty()) measurement.value = quantile_point(active, q);
            measurement.figures.push_back(
                {"good", Unit::count, Interval<double>::point(static_cast<double>(active.size()))});
            if (!steady.empty()) {
                measurement.figures.push_back(
                    {"baseline", Unit::seconds, quantile_point(steady, q)});
            }
            measurements.push_back(std::move(measurement));
        }
    }
    return measurements;
}

constexpr std::array<MetricSpec, 2> latency_metrics{{
    {"latency_p50", Unit::seconds, Comparison::at_most, "median latency of good operations"},
    {"latency_p99", Unit::seconds, Comparison::at_most, "99 % quantile of good operations"},
}};

}  // namespace

extern const Measure latency{"latency",
                             "quantiles of completed − scheduled of good operations, per phase",
                             latency_metrics, &measure_latency};

}  // namespace gameday::measures
