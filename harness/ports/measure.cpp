#include "harness/ports/measure.hpp"

#include <algorithm>

namespace gameday {

const MetricSpec* find_metric(const Catalog& catalog, std::string_view name) {
    for (const Measure* measure : catalog.measures) {
        for (const auto& metric : measure->metrics) {
            if (metric.name == name) return &metric;
        }
    }
    return nullptr;
}

std::vector<const MetricSpec*> metrics_in_order(const Catalog& catalog,
                                                std::uint8_t MetricPlaces::*list) {
    const auto place_of = [list](const MetricSpec* metric) { return metric->traits.place.*list; };
    std::vector<const MetricSpec*> metrics;
    for (const Measure* measure : catalog.measures) {
        for (const auto& metric : measure->metrics) {
            if (place_of(&metric) != 0) metrics.push_back(&metric);
        }
    }
    std::ranges::stable_sort(metrics, {}, place_of);
    return metrics;
}

}  // namespace gameday
