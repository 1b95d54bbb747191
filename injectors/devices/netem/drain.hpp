// Waiting until nothing is left in ifbs that nobody is led to any more.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/netem/encode.hpp"
#include "injectors/kernel/nft/netlink.hpp"

#include <set>
#include <vector>

namespace gameday::devices::netem {

// All qdiscs of a namespace.
Result<std::vector<Standing>> qdiscs(kernel::Netlink& route);

// Returns when the qdiscs of these interfaces are empty, or as long after as their netems may hold
// a packet back (5 s at most): what is then still inside would be lost with any other patience too.
Result<void> drain(kernel::Netlink& route, const std::set<int>& links);

}  // namespace gameday::devices::netem
