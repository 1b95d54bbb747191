#include "harness/judge/timeline.hpp"

#include "harness/model/goodness.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace gameday::judge {
namespace {

constexpr std::size_t bin_count = 200;

double quantile(std::vector<double>& values, double q) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::ranges::sort(values);
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
    return values[std::min(values.size(), std::max<std::size_t>(rank, 1)) - 1];
}

// Lanes of a timeline: of each node the place in `servers`, if it has one.
using Places = std::vector<std::optional<std::size_t>>;

// In one region the nodes tell who served: those that did, and those that a fault was aimed at.
Places name_nodes(Timeline& timeline, const Evidence& evidence) {
    const auto& nodes = evidence.topology.nodes;
    std::vector<bool> shown(nodes.size());
    const auto show = [&](NodeId node) {
        if (node.index() < shown.size()) shown[node.index()] = true;
    };
    for (const auto& operation : evidence.operations) {
        if (is_measured(operation) && operation.served_by.known()) show(operation.served_by);
    }
    for (const auto& fault : evidence.faults) std::ranges::for_each(fault.nodes, show);
    Places places(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!shown[i]) continue;
        places[i] = timeline.servers.size();
        timeline.servers.push_back(nodes[i].name);
    }
    return places;
}

Places name_servers(Timeline& timeline, const Evidence& evidence) {
    const auto& topology = evidence.topology;
    timeline.by_node = topology.regions.size() == 1 && topology.nodes.size() > 1;
    if (timeline.by_node) return name_nodes(timeline, evidence);
    for (const auto& region : topology.regions) timeline.servers.push_back(region.name);
    Places places;
    for (const auto& node : topology.nodes) {
        places.emplace_back();
        if (node.region.index() < timeline.servers.size()) places.back() = node.region.index();
    }
    return places;
}

void fill(Timeline& timeline, const Places& places, const Scenario& scenario,
          const Evidence& evidence) {
    const Goodness goodness(scenario, evidence);
    const Instant zero = evidence.active.low;
    const Instant begin = std::min(evidence.steady.low, zero);
    const Duration length = evidence.active.high - begin;
    if (length <= Duration::zero()) return;
    const double width = seconds(length) / bin_count;
    timeline.bins.resize(bin_count);
    for (std::size_t i = 0; i < bin_count; ++i) {
        timeline.bins[i].at = seconds(begin - zero) + width * static_cast<double>(i);
        timeline.bins[i].width = width;
        timeline.bins[i].served.resize(timeline.servers.size());
    }
    std::vector<std::vector<double>> latencies(bin_count);
    for (const auto& operation : evidence.operations) {
        if (!is_measured(operation) || operation.scheduled < begin) continue;
        const auto index = static_cast<std::size_t>(seconds(operation.scheduled - begin) / width);
        if (index >= bin_count) continue;
        TimelineBin& bin = timeline.bins[index];
        const bool read = operation.verb == Verb::read;
        ++bin.due;
        if (!goodness.good(operation)) {
            ++(read ? bin.bad_reads : bin.bad_writes);
            continue;
        }
        ++(read ? bin.ok_reads : bin.ok_writes);
        latencies[index].push_back(seconds(operation.latency()));
        const auto node = operation.served_by.index();
        if (node < places.size() && places[node]) ++bin.served.at(*places[node]);
    }
    for (std::size_t i = 0; i < bin_count; ++i) {
        timeline.bins[i].p50 = quantile(latencies[i], 0.5);
        timeline.bins[i].p99 = quantile(latencies[i], 0.99);
    }
}

class Marker {
 public:
    Marker(Timeline& timeline, const Evidence& evidence)
        : timeline_(timeline), evidence_(evidence) {}

    void span(MarkKind kind, std::string label, Instant from, Instant to) {
        timeline_.marks.push_back({kind, std::move(label), since_zero(from), since_zero(to)});
    }
    void instant(MarkKind kind, std::string label, double at) {
        timeline_.marks.push_back({kind, std::move(label), at, at});
    }
    [[nodiscard]] double since_zero(Instant instant) const {
        return seconds(instant - evidence_.active.low);
    }

 private:
    Timeline& timeline_;
    const Evidence& evidence_;
};

void mark_phases(Marker& marker, const Measurement& measurement) {
    for (const auto& figure : measurement.figures) {
        if (!figure.value || !measurement.from) continue;
        const double at = marker.since_zero(measurement.from->high) + figure.value->high;
        if (figure.name == "detect_at") marker.instant(MarkKind::detection, "detected", at);
        if (figure.name == "switch_at") {
            marker.instant(MarkKind::switchover, "served elsewhere", at);
        }
    }
}

void mark(Timeline& timeline, const Evidence& evidence,
          const std::vector<Measurement>& measurements, const Catalog& catalog) {
    Marker marker(timeline, evidence);
    for (const auto& window : evidence.faults) {
        marker.span(MarkKind::fault, window.name, window.injected.low,
                    window.healed ? window.healed->high : evidence.active.high);
    }
    for (const auto& measurement : measurements) {
        if (!measurement.client_region.empty() || !measurement.from || !measurement.value) continue;
        const Instant end = measurement.to ? measurement.to->high : evidence.active.high;
        const auto* metric = find_metric(catalog, measurement.metric);
        if (metric == nullptr) continue;
        const auto& span = metric->traits.span;
        if (span.before.empty() && span.after.empty()) continue;
        const auto value = format_interval(*measurement.value, measurement.unit);
        if (span.when_zero || measurement.value->low > 0) {
            marker.span(span.kind, fmt::format("{}{}{}", span.before, value, span.after),
                        measurement.from->low, end);
        }
        mark_phases(marker, measurement);
    }
}

}  // namespace

Timeline timeline_of(const Scenario& scenario, const Evidence& evidence,
                     const std::vector<Measurement>& measurements, const Catalog& catalog) {
    Timeline timeline;
    const auto places = name_servers(timeline, evidence);
    fill(timeline, places, scenario, evidence);
    mark(timeline, evidence, measurements, catalog);
    return timeline;
}

}  // namespace gameday::judge
