// The fault kind `duplicate`: packets that arrive twice.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind duplicate;

}  // namespace gameday::faults
