#include "harness/judge/headline.hpp"

#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace gameday::judge {
namespace {

std::string fault_words(const view::FaultPeriod& fault, const Topology& topology,
                        const Catalog& catalog) {
    const std::string place = place_words(fault.nodes, topology);
    const auto* kind = find_kind(catalog.faults, fault.kind);
    std::string words;
    if (kind == nullptr || kind->past_of_one.empty() || place.empty()) {
        words = fmt::format("{} was in force", fault.name);
    } else {
        const bool one = place.find(" and ") == std::string::npos;
        words = fmt::format("{} {}", place, one ? kind->past_of_one : kind->past_of_many);
    }
    if (fault.healed) words += " for " + format_interval(fault.length(), Unit::seconds);
    return words;
}

// Each step once: from its first pulse to the heal of its last.
std::string faults_words(const view::View& view, const Catalog& catalog) {
    std::vector<std::string> parts;
    for (const auto& fault : view.faults) {
        parts.push_back(fault_words(fault, view.evidence.topology, catalog));
    }
    return parts.empty() ? "no fault" : fmt::format("{}", fmt::join(parts, ", "));
}

const Measurement* overall(const std::vector<Measurement>& measurements, std::string_view metric) {
    for (const auto& measurement : measurements) {
        if (measurement.metric == metric && measurement.client_region.empty() &&
            measurement.value) {
            return &measurement;
        }
    }
    return nullptr;
}

std::string down_words(const Measurement& measurement, std::string_view subject) {
    const bool spans = std::ranges::any_of(measurement.figures, [](const Figure& figure) {
        return figure.name == "spans" && figure.value && figure.value->high > 0;
    });
    if (!spans && std::isinf(measurement.value->high)) {
        return fmt::format("{}: too thin a load to tell", subject);
    }
    if (!spans) return fmt::format("{} never down", subject);
    return fmt::format("{} down {}", subject, format_interval(*measurement.value, Unit::seconds));
}

std::string count_words(const Measurement& measurement, const HeadlineWords& words) {
    if (measurement.value->high <= 0) return std::string(words.none);
    if (measurement.value->low == 1 && measurement.value->high == 1) return std::string(words.one);
    return fmt::format("{} {}", format_interval(*measurement.value, Unit::count), words.several);
}

// Whether the keys of some load have one writer each.
bool has_exclusive_keys(const Scenario& scenario) {
    return std::ranges::any_of(scenario.loads, [](const LoadSpec& load) {
        return load.ownership == Ownership::single_writer || load.ownership == Ownership::per_key;
    });
}

// Whether the metric has a part in the headline of this run. In one region nobody owns a thing
// across regions: only what was seen is worth a word.
bool is_told(const MetricTraits& traits, const Measurement& measurement, const view::View& view) {
    const bool exclusive = has_exclusive_keys(view.scenario);
    if (traits.headline.writers == Writers::one && !exclusive) return false;
    if (traits.headline.writers == Writers::several && exclusive) return false;
    const bool across = view.evidence.topology.regions.size() >= 2;
    return across || !traits.across_regions || measurement.value->high > 0;
}

}  // namespace

std::string place_words(const std::vector<NodeId>& nodes, const Topology& topology) {
    auto left = nodes;
    std::vector<std::string> names;
    for (const auto& region : topology.regions) {
        const bool whole =
            !region.nodes.empty() && std::ranges::all_of(region.nodes, [&](NodeId node) {
                return std::ranges::find(left, node) != left.end();
            });
        if (!whole) continue;
        names.push_back(region.name);
        std::erase_if(left, [&](NodeId node) { return topology.region_of(node) == region.id; });
    }
    for (const NodeId node : left) names.push_back(topology.node_name(node));
    if (names.size() < 2) return names.empty() ? std::string() : names.front();
    const std::string last = std::move(names.back());
    names.pop_back();
    return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

std::string headline(const view::View& view, const std::vector<Measurement>& measurements,
                     const Catalog& catalog) {
    const Evidence& evidence = view.evidence;
    if (evidence.ending == Ending::refused) {
        return fmt::format("refused: {}", evidence.ending_reason);
    }
    std::vector<std::string> outages;
    std::vector<std::string> counts;
    for (const auto* metric : metrics_in_order(catalog, &MetricPlaces::headline)) {
        const auto* measurement = overall(measurements, metric->name);
        if (measurement == nullptr || !is_told(metric->traits, *measurement, view)) continue;
        const auto& words = metric->traits.headline;
        if (metric->unit == Unit::seconds) {
            outages.push_back(down_words(*measurement, words.subject));
        } else {
            counts.push_back(count_words(*measurement, words));
        }
    }
    std::string text = fmt::format("{}: {}", faults_words(view, catalog), fmt::join(outages, ", "));
    for (const auto& count : counts) text += "; " + count;
    return text;
}

}  // namespace gameday::judge
