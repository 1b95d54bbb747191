// Random systems and random parameters for any fault kind, made from its table of parameters alone.
#pragma once

#include "harness/base/random.hpp"
#include "harness/ports/fault_kind.hpp"

#include <vector>

namespace gameday::test {

// 1 to 4 regions of 1 to 3 nodes; most links between them, and most from the clients of regions,
// exist and have hops (in some systems no link has); most nodes declare a process. Their hosts are
// ours, or one a region, or one a node.
Topology random_topology(Random& random);

// Roles as a watch might know them: none, or any.
std::vector<Role> random_roles(Random& random, const Topology& topology);

// Parameters that are right often enough. Parameters of type object hold another fault: its kind as
// `fault`, and its own parameters.
Params random_params(Random& random, const FaultKind& kind, const Topology& topology,
                     const std::vector<const FaultKind*>& all);

}  // namespace gameday::test
