#include "harness/measures/service/latency.hpp"

#include "harness/measures/scopes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace gameday::measures {
namespace {

using view::Stream;
using view::View;

constexpr double open = std::numeric_limits<double>::infinity();

// Ranks, from 0, between which the quantile of the population lies with 99 % probability: the
// number of values below it is binomial (count, q); its normal approximation, rounded outward.
std::pair<double, double> ranks_of(std::size_t count, double q) {
    constexpr double z = 2.5758;
    const auto n = static_cast<double>(count);
    const double reach = z * std::sqrt(n * q * (1 - q));
    return {std::floor(n * q - reach) - 1, std::ceil(n * q + reach)};
}

// Latencies of the operations of a phase; those that failed are above any latency, and with
// `at_best` those that the instrument spoiled are below any.
std::vector<double> latencies_of(const View& view, const Stream& stream, Phase phase,
                                 bool at_best) {
    std::vector<double> latencies;
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (operation.phase != phase) continue;
        const bool answered = operation.outcome == Outcome::ok;
        if (stream.good[i] || !view.goodness.spoiled(operation)) {
            latencies.push_back(answered ? seconds(operation.latency()) : open);
        } else {
            latencies.push_back(at_best ? 0 : open);
        }
    }
    return latencies;
}

double at_rank(std::vector<double>& values, double rank, double below, double above) {
    if (rank < 0) return below;
    if (rank >= static_cast<double>(values.size())) return above;
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

std::optional<Interval<double>> quantile_of(const View& view, const Stream& stream, double q) {
    auto at_worst = latencies_of(view, stream, Phase::active, false);
    auto at_best = latencies_of(view, stream, Phase::active, true);
    if (at_worst.empty()) return std::nullopt;
    const auto [low, high] = ranks_of(at_worst.size(), q);
    return Interval<double>{at_rank(at_best, low, 0, open), at_rank(at_worst, high, 0, open)};
}

Measurement measure_scope(const View& view, const Scope& scope, const char* metric, double q) {
    auto measurement = begin_measurement("latency", scope, view.evidence.topology);
    measurement.metric = metric;
    measurement.criterion =
        "quantile of completed − scheduled over all due operations of the active phase, those that "
        "failed above any latency, of the worst service, class and client region; between order "
        "statistics (99 %)";
    const Stream* worst = nullptr;
    double most = -1;
    for (const auto& stream : view.streams) {
        if (!scope.covers(stream.key)) continue;
        const auto value = quantile_of(view, stream, q);
        if (!value) continue;
        measurement.value = measurement.value ? worse_of(*measurement.value, *value) : *value;
        if (value->high <= most) continue;
        most = value->high;
        worst = &stream;
    }
    if (worst == nullptr) {
        measurement.why = "no operation was due in the active phase";
        return measurement;
    }
    measurement.why = worst->name(view.scenario);
    if (std::isinf(most)) {
        add_remark(measurement.why, "open: too many failed, or too few were due to tell");
    }
    measurement.figures.push_back(
        {"due", Unit::count, Interval<double>::point(static_cast<double>(worst->active.due))});
    measurement.figures.push_back(
        {"baseline", Unit::seconds,
         Interval<double>::point(seconds(q < 0.9 ? worst->baseline.p50 : worst->baseline.p99))});
    return measurement;
}

constexpr std::array<std::pair<const char*, double>, 2> quantiles{
    {{"latency_p50", 0.5}, {"latency_p99", 0.99}}};

std::vector<Measurement> measure_latency(const View& view) {
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(view.streams)) {
        if (scope.verb) continue;
        for (const auto& [metric, q] : quantiles) {
            measurements.push_back(measure_scope(view, scope, metric, q));
        }
    }
    return measurements;
}

constexpr std::array<MetricSpec, 2> latency_metrics{{
    {"latency_p50", "latency p50", Unit::seconds, Comparison::at_most,
     "median latency over all due operations, of the worst stream"},
    {"latency_p99", "latency p99", Unit::seconds, Comparison::at_most,
     "99 % quantile over all due operations, of the worst stream"},
}};

}  // namespace

extern const Measure latency{"latency", "Latency",
                             "quantiles of completed − scheduled over all due operations",
                             latency_metrics, &measure_latency};

}  // namespace gameday::measures
