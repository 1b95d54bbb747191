// The fault kind `process_pause`: processes freeze, sockets open, and wake up unaware.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"

#include <vector>

namespace gameday::faults {

extern const FaultKind process_pause;

// Freezes the processes of these nodes. Fails with `invalid`, all nodes told, when one declares
// neither pid file nor pid.
Result<FaultPlan> plan_pause(const std::vector<NodeId>& nodes, const Topology& topology);

}  // namespace gameday::faults
