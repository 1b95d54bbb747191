#include "harness/measures/streams.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

namespace gameday::measures {

std::vector<Stream> streams_of(const Evidence& evidence, const Scenario& scenario) {
    const Goodness goodness(scenario, evidence);
    std::map<StreamKey, Stream> streams;
    for (const auto& operation : evidence.operations) {
        if (!is_measured(operation)) continue;
        const StreamKey key{goodness.load(operation), goodness.region(operation), operation.verb};
        streams[key].operations.push_back(&operation);
    }
    std::vector<Stream> all;
    for (auto& [key, stream] : streams) {
        stream.key = key;
        auto& operations = stream.operations;
        std::stable_sort(
            operations.begin(), operations.end(),
            [](const Operation* a, const Operation* b) { return a->scheduled < b->scheduled; });
        stream.bound = goodness.bound(*operations.front());
        if (operations.size() > 1) {
            stream.spacing = (operations.back()->scheduled - operations.front()->scheduled) /
                             static_cast<std::int64_t>(operations.size() - 1);
        }
        stream.baseline = baseline_of(operations, goodness, evidence.steady);
        all.push_back(std::move(stream));
    }
    return all;
}

Duration quantile(const std::vector<Duration>& sorted, double q) {
    if (sorted.empty()) return {};
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
    return sorted[std::min(sorted.size() - 1, rank == 0 ? 0 : rank - 1)];
}

Baseline baseline_of(const std::vector<const Operation*>& operations, const Goodness& goodness,
                     const Interval<Instant>& steady) {
    constexpr std::size_t enough = 20;
    constexpr Duration ample = std::chrono::milliseconds(2);
    Baseline baseline;
    std::vector<Duration> latencies;
    std::vector<Duration> services;
    for (const auto* operation : operations) {
        if (operation->phase != Phase::steady) continue;
        ++baseline.due;
        if (!goodness.good(*operation)) continue;
        ++baseline.good;
        latencies.push_back(operation->latency());
        services.push_back(operation->completed - operation->invoked);
    }
    std::sort(latencies.begin(), latencies.end());
    std::sort(services.begin(), services.end());
    if (steady.width() > Duration::zero()) {
        baseline.rate_per_s = static_cast<double>(baseline.good) / seconds(steady.width());
    }
    baseline.p50 = quantile(latencies, 0.5);
    baseline.p99 = quantile(latencies, 0.99);
    if (services.size() >= enough) {
        baseline.service =
            std::min(quantile(services, 0.999), std::max(quantile(services, 0.99), ample));
    } else if (!operations.empty()) {
        baseline.service = goodness.bound(*operations.front());
    }
    return baseline;
}

}  // namespace gameday::measures
