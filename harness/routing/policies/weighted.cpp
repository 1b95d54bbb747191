#include "harness/json/pointer.hpp"
#include "harness/ports/route_policy.hpp"
#include "harness/routing/region_order.hpp"
#include "harness/routing/usable_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace gameday::policies {

namespace {

constexpr std::array<ParamSpec, 1> weighted_params{
    ParamSpec{"weights", ParamType::numbers, "1 for each region",
              "by region, for each of them: its share of the operations; 0 for none"}};

// By RegionId.
Result<std::vector<double>> read_weights(const Params& params, const Topology& topology) {
    ParamReader reader(params, weighted_params);
    const bool given = reader.has("weights");
    const auto weights = reader.numbers("weights");
    if (auto read = reader.finish(); !read) return read.error();
    std::vector<double> result(topology.regions.size(), given ? 0.0 : 1.0);
    if (!given) return result;
    std::string wrong;
    bool any = false;
    for (const auto& [name, weight] : weights) {
        const auto region = topology.find_region(name);
        if (region) result.at(region->index()) = weight;
        const auto place = "weights/" + json::pointer_step(name);
        if (!region) {
            wrong += fmt::format("{}: {}\n", place, routing::no_such_region(name, topology));
        }
        if (weight < 0) {
            wrong += fmt::format("{}: {} is no weight, write 0 or more\n", place, weight);
        }
        any = any || weight > 0;
    }
    for (const auto& region : topology.regions) {
        if (weights.contains(region.name)) continue;
        wrong += fmt::format(
            "weights: \"{}\" has no weight, write one for each region, 0 for none\n", region.name);
    }
    if (!any) {
        wrong += "weights: no region has a weight, write more than 0 for at least one\n";
    }
    if (wrong.empty()) return result;
    wrong.pop_back();
    return Error{ErrorCode::invalid, wrong};
}

// One healthy region, drawn by weight.
std::vector<NodeId> weighted_nodes(const RouteQuestion& question,
                                   const std::vector<double>& weights) {
    std::vector<std::pair<NodeId, double>> candidates;
    double total = 0;
    for (const auto& region : question.topology.regions) {
        const NodeId node = routing::usable_node(question, region.id);
        const double weight = weights[region.id.index()];
        if (!node.known() || weight <= 0) continue;
        total += weight;
        candidates.emplace_back(node, total);
    }
    for (const auto& [node, up_to] : candidates) {
        if (question.draw * total < up_to) return {node};
    }
    if (candidates.empty()) return {};
    return {candidates.back().first};
}

Result<RouteOrder> weighted_order(const Params& params, const Topology& topology) {
    auto read = read_weights(params, topology);
    if (!read) return std::move(read).error();
    // Shares of the largest: the sum of weights near the limit of a double is not finite.
    const double most = *std::ranges::max_element(*read);
    for (double& weight : *read) weight /= most;
    return RouteOrder([weights = std::move(*read)](const RouteQuestion& question) {
        return weighted_nodes(question, weights);
    });
}

}  // namespace

extern const RoutePolicyKind weighted{"weighted",
                                      "one node, in a healthy region that is drawn by weight",
                                      weighted_params, weighted_order};

}  // namespace gameday::policies
