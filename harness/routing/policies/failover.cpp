#include "harness/ports/route_policy.hpp"
#include "harness/routing/region_order.hpp"
#include "harness/routing/usable_node.hpp"

#include <array>
#include <utility>

namespace gameday::policies {

namespace {

constexpr std::array<ParamSpec, 1> failover_params{routing::order_param};

// One attempt, so only the first region that can be asked.
std::vector<NodeId> failover_nodes(const RouteQuestion& question,
                                   const std::vector<RegionId>& order) {
    for (const RegionId region : order) {
        if (const NodeId node = routing::usable_node(question, region); node.known()) return {node};
    }
    return {};
}

Result<RouteOrder> failover_order(const Params& params, const Topology& topology) {
    auto order = routing::read_order(params, failover_params, topology);
    if (!order) return std::move(order).error();
    return RouteOrder([regions = std::move(*order)](const RouteQuestion& question) {
        return failover_nodes(question, regions);
    });
}

}  // namespace

extern const RoutePolicyKind failover{
    "failover", "one node, in the first healthy region of the order; the same for all clients",
    failover_params, failover_order};

}  // namespace gameday::policies
