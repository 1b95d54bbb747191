// A system whose nodes have hosts and addresses of their own, and no hops; and plans for it.
#pragma once

#include "harness/ports/fault_kind.hpp"

#include <string>
#include <vector>

namespace gameday::test {

// Regions a (a1 primary, a2), b (b1), c (c1), each node in a namespace of its name, with addresses
// 10.0.0.1 to 10.0.0.4, and fd00::1 for a1. No links.
Topology hosts_apart();

// A link of the clients of a region to a node, without hop.
void add_client_link(Topology& topology, const std::string& region, const std::string& node);

// Links both ways between two nodes, with hops.
void add_hops_between(Topology& topology, const std::string& one, const std::string& other);

Result<FaultPlan> plan_kind(const FaultKind& kind, const Params& params,
                            const Topology& topology = hosts_apart(), const DeviceCheck& able = {});
Result<FaultPlan> plan_sparing(const FaultKind& kind, const Params& params,
                               const std::vector<std::string>& spare);

// A parameter of type groups.
Value groups(const std::vector<std::vector<std::string>>& names);

}  // namespace gameday::test
