// The fault kind `loss`: packets that never arrive.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind loss;

}  // namespace gameday::faults
