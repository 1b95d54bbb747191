// The fault kind `command`: the user's own commands make and undo the fault.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind command;

}  // namespace gameday::faults
