// Latency: quantiles of `completed − scheduled` of good operations in the active phase.
#include "harness/measures/scopes.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
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

// Latencies of the operations of the active phase; those that failed are above any latency, and
// those that the instrument spoiled below any or above any.
std::vector<double> latencies_of(const View& view, const Stream& stream, double spoiled) {
    std::vector<double> latencies;
    latencies.reserve(stream.active.due);
    for (std::size_t i = 0; i < stream.operations.size(); ++i) {
        const Operation& operation = *stream.operations[i];
        if (operation.phase != Phase::active) continue;
        if (stream.good[i]) {
            latencies.push_back(seconds(operation.latency()));
        } else if (view.goodness.spoiled(operation)) {
            latencies.push_back(spoiled);
        } else {
            latencies.push_back(operation.outcome == Outcome::ok ? seconds(operation.latency())
                                                                 : open);
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

constexpr std::array<std::pair<const char*, double>, 2> quantiles{
    {{"latency_p50", 0.5}, {"latency_p99", 0.99}}};

// Of one stream, by the index of the quantiles; nothing where no operation was due.
using Quantiles = std::optional<std::array<Interval<double>, 2>>;

Quantiles quantiles_of(const View& view, const Stream& stream) {
    if (stream.active.due == 0) return std::nullopt;
    auto at_worst = latencies_of(view, stream, open);
    std::optional<std::vector<double>> at_best;
    if (stream.active.at_best > stream.active.good) at_best = latencies_of(view, stream, 0);
    std::array<Interval<double>, 2> values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto [low, high] = ranks_of(at_worst.size(), quantiles.at(i).second);
        values.at(i) = {at_rank(at_best ? *at_best : at_worst, low, 0, open),
                        at_rank(at_worst, high, 0, open)};
    }
    return values;
}

Measurement measure_scope(const View& view, const std::vector<Quantiles>& by_stream,
                          const Scope& scope, std::size_t which) {
    auto measurement = begin_measurement("latency", scope, view.evidence.topology);
    measurement.metric = quantiles.at(which).first;
    measurement.criterion =
        "quantile of completed − scheduled over all due operations of the active phase, those that "
        "failed above any latency, of the worst service, class and client region; between order "
        "statistics (99 %)";
    const Stream* worst = nullptr;
    double most = -1;
    for (std::size_t i = 0; i < view.streams.size(); ++i) {
        if (!scope.covers(view.streams[i].key) || !by_stream[i]) continue;
        const auto& value = by_stream[i]->at(which);
        measurement.value = measurement.value ? worse_of(*measurement.value, value) : value;
        if (value.high <= most) continue;
        most = value.high;
        worst = &view.streams[i];
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
    const auto& baseline = worst->baseline;
    measurement.figures.push_back(
        {"baseline", Unit::seconds,
         Interval<double>::point(seconds(which == 0 ? baseline.p50 : baseline.p99))});
    return measurement;
}

std::vector<Measurement> measure_latency(const View& view) {
    std::vector<Quantiles> by_stream;
    for (const auto& stream : view.streams) by_stream.push_back(quantiles_of(view, stream));
    std::vector<Measurement> measurements;
    for (const auto& scope : scopes_of(view.streams)) {
        if (scope.verb) continue;
        for (std::size_t which = 0; which < quantiles.size(); ++which) {
            measurements.push_back(measure_scope(view, by_stream, scope, which));
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
