// The node of a region that an operation may use, for policies. Pure.
#pragma once

#include "harness/ports/route_policy.hpp"

namespace gameday::routing {

// Of the region's healthy nodes (for primaries alone: of those that are one) the `turn`-th takes
// its turn; none: there is no such node.
NodeId usable_node(const RouteQuestion& question, RegionId region);

}  // namespace gameday::routing
