#include "harness/routing/usable_node.hpp"

#include <algorithm>

namespace gameday::routing {

NodeId usable_node(const RouteQuestion& question, RegionId region) {
    const auto is_usable = [&](NodeId node) {
        return question.view.healthy[node.index()] &&
               (!question.primary_only || question.view.primary[node.index()]);
    };
    const auto& nodes = question.topology.region(region).nodes;
    const auto count = std::ranges::count_if(nodes, is_usable);
    if (count == 0) return {};
    auto before = question.turn % static_cast<std::uint64_t>(count);
    const auto found =
        std::ranges::find_if(nodes, [&](NodeId node) { return is_usable(node) && before-- == 0; });
    return *found;
}

}  // namespace gameday::routing
