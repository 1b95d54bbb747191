// Which node each member of an etcd cluster is, as the cluster says.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"

#include <string_view>

namespace gameday::drivers {

// Reads an answer of /v3/cluster/member/list: ids of members, each with the name of the node that
// it is. A member is the node at whose endpoint it serves clients, else the one of its own name.
// One that is no node, or has not said yet where it serves, is left out. Pure.
Params members_in(std::string_view body, const Topology& topology);

// The parameters with `served_by_names`, unless they have it. Asks all nodes, around the hops,
// until each of them is known to be a member; `refused` when that takes longer than `patience`.
Result<Params> learn_members(const Params& params, const Topology& topology, Duration patience);

}  // namespace gameday::drivers
