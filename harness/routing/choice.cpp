#include "harness/routing/choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace gameday::routing {
namespace {

// The nodes of a region that an operation may use; for direct routes health does not matter.
NodeId usable_node(const Route& route, const Topology& topology, const View& view, RegionId region,
                   Verb verb, std::uint64_t turn) {
    std::vector<NodeId> usable;
    const bool primary_only = route.writes_to_primary && verb == Verb::write;
    const auto& nodes = topology.region(region).nodes;
    for (const NodeId node : nodes) {
        if (view.healthy[node.index()] && (!primary_only || view.primary[node.index()])) {
            usable.push_back(node);
        }
    }
    if (usable.empty() && route.policy == RoutePolicy::direct) usable = nodes;
    return usable.empty() ? NodeId() : usable[turn % usable.size()];
}

NodeId weighted_node(const Route& route, const Topology& topology, const View& view, Verb verb,
                     double draw, std::uint64_t turn) {
    std::vector<std::pair<NodeId, double>> candidates;
    double total = 0;
    for (const RegionId region : route.order) {
        const NodeId node = usable_node(route, topology, view, region, verb, turn);
        const double weight = route.weights[region.index()];
        if (!node.known() || weight <= 0) continue;
        total += weight;
        candidates.emplace_back(node, total);
    }
    for (const auto& [node, up_to] : candidates) {
        if (draw * total < up_to) return node;
    }
    return candidates.empty() ? NodeId() : candidates.back().first;
}

}  // namespace

Result<Route> resolve_route(const RouteSpec& spec, const Topology& topology) {
    Route route;
    route.policy = spec.policy;
    route.writes_to_primary = spec.writes_to_primary;
    for (const auto& name : spec.order) {
        const auto region = topology.find_region(name);
        if (!region) {
            return Error{ErrorCode::invalid,
                         fmt::format("route.order: \"{}\" is not a region of the system", name)};
        }
        route.order.push_back(*region);
    }
    for (const auto& region : topology.regions) {
        if (std::find(route.order.begin(), route.order.end(), region.id) == route.order.end()) {
            route.order.push_back(region.id);
        }
    }
    route.weights = spec.weights;
    route.weights.resize(topology.regions.size(), 1.0);
    const bool negative = std::any_of(route.weights.begin(), route.weights.end(),
                                      [](double weight) { return !(weight >= 0); });
    if (negative || !(std::accumulate(route.weights.begin(), route.weights.end(), 0.0) > 0)) {
        return Error{ErrorCode::invalid, "route.weights: must not be negative, and not all zero"};
    }
    return route;
}

View first_view(const Topology& topology) {
    View view;
    for (const auto& node : topology.nodes) {
        view.healthy.push_back(true);
        view.primary.push_back(node.role == "primary");
    }
    return view;
}

std::vector<NodeId> choose(const Route& route, const Topology& topology, const View& view,
                           RegionId home, Verb verb, double draw, std::uint64_t turn) {
    std::vector<NodeId> result;
    const auto add = [&](RegionId region) {
        const NodeId node = usable_node(route, topology, view, region, verb, turn);
        if (node.known()) result.push_back(node);
        return node.known();
    };
    switch (route.policy) {
        case RoutePolicy::failover:
            for (const RegionId region : route.order) {
                if (add(region)) break;
            }
            break;
        case RoutePolicy::weighted:
            if (const auto node = weighted_node(route, topology, view, verb, draw, turn);
                node.known()) {
                result.push_back(node);
            }
            break;
        case RoutePolicy::direct: add(home); break;
        case RoutePolicy::retry_elsewhere:
            add(home);
            for (const RegionId region : route.order) {
                if (region != home) add(region);
            }
            break;
    }
    return result;
}

Instant attempt_deadline(Instant now, Instant deadline, std::size_t left) {
    if (left <= 1 || deadline <= now) return deadline;
    return now + (deadline - now) / static_cast<Duration::rep>(left);
}

Outcome combine(Outcome so_far, Outcome attempt) {
    if (so_far == Outcome::ok || attempt == Outcome::ok) return Outcome::ok;
    if (so_far == Outcome::unknown || attempt == Outcome::unknown) return Outcome::unknown;
    return Outcome::failed;
}

}  // namespace gameday::routing
