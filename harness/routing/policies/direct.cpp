#include "harness/ports/route_policy.hpp"
#include "harness/routing/region_order.hpp"
#include "harness/routing/usable_node.hpp"

#include <array>
#include <utility>

namespace gameday::policies {

namespace {

// An order has no effect, but stays: --set load.route.policy=direct is one word.
constexpr std::array<ParamSpec, 1> direct_params{routing::order_param};

// The home region and no other. Where no node of it is healthy, all of them take turns.
std::vector<NodeId> direct_nodes(const RouteQuestion& question) {
    if (const NodeId node = routing::usable_node(question, question.home); node.known()) {
        return {node};
    }
    const auto& nodes = question.topology.region(question.home).nodes;
    if (nodes.empty()) return {};
    return {nodes[question.turn % nodes.size()]};
}

Result<RouteOrder> direct_order(const Params& params, const Topology& topology) {
    if (auto read = routing::read_order(params, direct_params, topology); !read) {
        return std::move(read).error();
    }
    return RouteOrder(direct_nodes);
}

}  // namespace

extern const RoutePolicyKind direct{
    "direct", "one node, in the client's own region, healthy or not", direct_params, direct_order};

}  // namespace gameday::policies
