// What the routing tests share: three regions, and a route of them.
#pragma once

#include "harness/ports/catalog.hpp"
#include "harness/routing/choice.hpp"
#include "tests/support/policies.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace gameday::test {

// Regions a (nodes 0, 1), b (node 2) and c (node 3); the primary is declared in a.
inline Topology three_regions() {
    Topology topology;
    topology.regions = {{RegionId(0), "a", {NodeId(0), NodeId(1)}},
                        {RegionId(1), "b", {NodeId(2)}},
                        {RegionId(2), "c", {NodeId(3)}}};
    const std::vector<std::uint16_t> region_of{0, 0, 1, 2};
    for (std::uint16_t i = 0; i < 4; ++i) {
        topology.nodes.push_back({NodeId(i),
                                  "n" + std::to_string(i),
                                  RegionId(region_of[i]),
                                  i == 0 ? "primary" : "replica",
                                  "local",
                                  {},
                                  {}});
    }
    return topology;
}

inline std::vector<NodeId> nodes(std::initializer_list<std::uint16_t> numbers) {
    std::vector<NodeId> result;
    for (const auto number : numbers) result.push_back(NodeId(number));
    return result;
}

inline Result<routing::Route> route_of(const RouteSpec& spec) {
    Catalog catalog;
    catalog.policies = all_policies();
    return routing::resolve_route(spec, three_regions(), catalog);
}

// What is wrong with the parameters; "" when nothing is.
inline std::string complaint(const std::string& policy, const Params& params) {
    RouteSpec spec;
    spec.policy = policy;
    spec.policy_params = params;
    const auto route = route_of(spec);
    return route ? std::string() : route.error().message;
}

struct Asked {
    std::string policy = "failover";
    Params params = {};
    std::vector<bool> healthy = {true, true, true, true};
    std::uint16_t home = 0;
    Verb verb = Verb::read;
    bool to_primary = false;
    std::vector<bool> primary = {true, false, false, false};
    double draw = 0.5;
    std::uint64_t turn = 0;
};

// The nodes that the route names; none where it is refused.
inline std::vector<NodeId> ask(const Asked& asked) {
    RouteSpec spec;
    spec.policy = asked.policy;
    spec.policy_params = asked.params;
    spec.writes_to_primary = asked.to_primary;
    const Topology topology = three_regions();
    const auto route = route_of(spec);
    if (!route) return {};
    const RegionView view{asked.healthy, asked.primary};
    return route->order({topology, view, RegionId(asked.home), route->primary_only(asked.verb),
                         asked.draw, asked.turn});
}

}  // namespace gameday::test
