// Host names of a system, looked up when its scenario is loaded, and again before each fault (see
// name_book): what kernel devices see in packets are addresses. What was found stands in the
// actions of plan and journal.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/topology.hpp"

#include <string>
#include <vector>

namespace gameday::app {

// Puts all addresses, IPv4 and IPv6, in the place of each name in the nodes' `addresses` and in
// `spare`. Blocks while the system's resolver does (resolv.conf(5): 5 s a try). Fails with
// `refused` when a declared name has none; the name of an `endpoint` without any is left out, for
// only kernel devices would want it.
Result<void> resolve_names(Topology& topology, std::vector<std::string>& spare);

}  // namespace gameday::app
