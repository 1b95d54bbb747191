#include "harness/ports/route_policy.hpp"
#include "harness/routing/region_order.hpp"
#include "harness/routing/usable_node.hpp"

#include <array>
#include <utility>

namespace gameday::policies {

namespace {

constexpr std::array<ParamSpec, 1> retry_params{routing::order_param};

std::vector<NodeId> retry_nodes(const RouteQuestion& question, const std::vector<RegionId>& order) {
    std::vector<NodeId> nodes;
    const auto add = [&](RegionId region) {
        const NodeId node = routing::usable_node(question, region);
        if (node.known()) nodes.push_back(node);
    };
    add(question.home);
    for (const RegionId region : order) {
        if (region != question.home) add(region);
    }
    return nodes;
}

Result<RouteOrder> retry_order(const Params& params, const Topology& topology) {
    auto order = routing::read_order(params, retry_params, topology);
    if (!order) return std::move(order).error();
    return RouteOrder([regions = std::move(*order)](const RouteQuestion& question) {
        return retry_nodes(question, regions);
    });
}

}  // namespace

extern const RoutePolicyKind retry_elsewhere{
    "retry_elsewhere",
    "the own region if it is healthy, then the others in order; one attempt each while the timeout "
    "lasts",
    retry_params, retry_order};

}  // namespace gameday::policies
