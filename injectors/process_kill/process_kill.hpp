// The fault kind `process_kill`: processes die without a last word, and are started again.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"

#include <vector>

namespace gameday::faults {

extern const FaultKind process_kill;

// Kills the processes of these nodes; healed by their restart commands or, without `restart`, by
// waiting until something else has started them. Fails with `invalid`, all nodes told, when one
// declares no pid file or no restart command.
Result<FaultPlan> plan_kill(const std::vector<NodeId>& nodes, bool restart,
                            const Topology& topology);

}  // namespace gameday::faults
