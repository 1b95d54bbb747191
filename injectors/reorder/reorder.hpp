// The fault kind `reorder`: packets that overtake others.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind reorder;

}  // namespace gameday::faults
