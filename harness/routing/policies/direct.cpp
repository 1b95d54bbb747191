#include "harness/ports/route_policy.hpp"
#include "harness/routing/usable_node.hpp"

namespace gameday::policies {

namespace {

// The home region and no other. Where no node of it is healthy, all of them take turns.
std::vector<NodeId> direct_nodes(const RouteQuestion& question) {
    if (const NodeId node = routing::usable_node(question, question.home); node.known()) {
        return {node};
    }
    const auto& nodes = question.topology.region(question.home).nodes;
    if (nodes.empty()) return {};
    return {nodes[question.turn % nodes.size()]};
}

Result<RouteOrder> direct_order(const Params& params, const Topology&) {
    const ParamReader reader(params, {});
    if (auto read = reader.finish(); !read) return read.error();
    return RouteOrder(direct_nodes);
}

}  // namespace

extern const RoutePolicyKind direct{
    "direct", "one node, in the client's own region, healthy or not", {}, direct_order};

}  // namespace gameday::policies
