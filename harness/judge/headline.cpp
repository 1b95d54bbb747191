#include "harness/judge/headline.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace gameday::judge {
namespace {

struct FaultVerb {
    std::string_view kind, of_one, of_many;
};

constexpr std::array<FaultVerb, 7> fault_verbs{{
    {"region_outage", "was out", "were out"},
    {"process_kill", "was killed", "were killed"},
    {"process_pause", "was paused", "were paused"},
    {"partition", "was cut off", "were cut off from one another"},
    {"latency", "was slowed", "were slowed"},
    {"replication_lag", "fell behind", "fell behind"},
    {"flap", "came and went", "came and went"},
}};

std::string deed_words(const view::FaultPeriod& fault, const Topology& topology) {
    const std::string place = place_words(fault.nodes, topology);
    const auto known = std::find_if(fault_verbs.begin(), fault_verbs.end(),
                                    [&](const auto& verb) { return verb.kind == fault.kind; });
    std::string words =
        known == fault_verbs.end() || place.empty()
            ? fmt::format("{} was in force", fault.name)
            : fmt::format(
                  "{} {}", place,
                  place.find(" and ") == std::string::npos ? known->of_one : known->of_many);
    if (fault.healed) words += " for " + format_interval(fault.length(), Unit::seconds);
    return words;
}

// Each step once: from its first pulse to the heal of its last.
std::string faults_words(const view::View& view) {
    std::vector<std::string> parts;
    for (const auto& fault : view.faults) {
        parts.push_back(deed_words(fault, view.evidence.topology));
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

std::string down_words(const std::vector<Measurement>& measurements, std::string_view metric,
                       std::string_view subject) {
    const auto* measurement = overall(measurements, metric);
    if (measurement == nullptr) return {};
    const bool spans = std::any_of(
        measurement->figures.begin(), measurement->figures.end(), [](const Figure& figure) {
            return figure.name == "spans" && figure.value && figure.value->high > 0;
        });
    if (!spans && std::isinf(measurement->value->high)) {
        return fmt::format("{}: too thin a load to tell", subject);
    }
    if (!spans) return fmt::format("{} never down", subject);
    return fmt::format("{} down {}", subject, format_interval(*measurement->value, Unit::seconds));
}

std::string count_words(const std::vector<Measurement>& measurements, std::string_view metric,
                        std::string_view none, std::string_view one, std::string_view some) {
    const auto* measurement = overall(measurements, metric);
    if (measurement == nullptr) return {};
    if (measurement->value->high <= 0) return std::string(none);
    if (measurement->value->low == 1 && measurement->value->high == 1) return std::string(one);
    return fmt::format("{} {}", format_interval(*measurement->value, Unit::count), some);
}

}  // namespace

std::string place_words(const std::vector<NodeId>& nodes, const Topology& topology) {
    auto left = nodes;
    std::vector<std::string> names;
    for (const auto& region : topology.regions) {
        const bool whole = !region.nodes.empty() &&
                           std::all_of(region.nodes.begin(), region.nodes.end(), [&](NodeId node) {
                               return std::find(left.begin(), left.end(), node) != left.end();
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

std::string headline(const view::View& view, const std::vector<Measurement>& measurements) {
    const Evidence& evidence = view.evidence;
    if (evidence.ending == Ending::refused) {
        return fmt::format("refused: {}", evidence.ending_reason);
    }
    std::vector<std::string> parts{
        down_words(measurements, "outage_time_write", "writes"),
        down_words(measurements, "outage_time_read", "reads"),
        count_words(measurements, "lost_acked", "0 acknowledged writes lost",
                    "1 acknowledged write lost", "acknowledged writes lost"),
        count_words(measurements, "split_brain_writes", "no two regions wrote at once",
                    "1 split-brain write", "split-brain writes"),
        count_words(measurements, "flaps", "no flapping", "1 change too many of the serving region",
                    "changes too many of the serving region"),
    };
    const bool exclusive = std::any_of(view.scenario.loads.begin(), view.scenario.loads.end(),
                                       [](const LoadSpec& load) {
                                           return load.ownership == Ownership::single_writer ||
                                                  load.ownership == Ownership::per_key;
                                       });
    if (!exclusive) {
        parts[3] = count_words(measurements, "conflicts", "no conflicts", "1 conflicting write",
                               "conflicting writes");
    }
    if (evidence.topology.regions.size() < 2) {
        // In one region nobody owns a thing across regions: only what was seen is worth a word.
        const std::array<std::pair<std::size_t, std::string_view>, 2> silent{
            {{3, exclusive ? "split_brain_writes" : "conflicts"}, {4, "flaps"}}};
        for (const auto& [part, metric] : silent) {
            const auto* seen = overall(measurements, metric);
            if (seen != nullptr && seen->value->high <= 0) parts.at(part).clear();
        }
    }
    std::string text = faults_words(view);
    if (parts[0].empty() || parts[1].empty()) {
        text += ": " + (parts[0].empty() ? parts[1] : parts[0]);
    } else {
        text += ": " + parts[0] + ", " + parts[1];
    }
    for (std::size_t i = 2; i < parts.size(); ++i) {
        if (!parts[i].empty()) text += "; " + parts[i];
    }
    return text;
}

}  // namespace gameday::judge
