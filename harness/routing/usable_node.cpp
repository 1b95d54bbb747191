#include "harness/routing/usable_node.hpp"

#include <algorithm>

namespace gameday::routing {

NodeId usable_node(const RouteQuestion& question, RegionId region) {
    const auto is_usable = [&](NodeId node) {
        return question.view.healthy[node.index()] &&
               (!question.primary_only || question.view.primary[node.index()]);
    };
    const auto& nodes = question.topology.region(region).nodes;
    const auto count = std::count_if(nodes.begin(), nodes.end(), is_usable);
    if (count == 0) return {};
    auto before = question.turn % static_cast<std::uint64_t>(count);
    const auto found = std::find_if(nodes.begin(), nodes.end(),
                                    [&](NodeId node) { return is_usable(node) && before-- == 0; });
    return *found;
}

}  // namespace gameday::routing
