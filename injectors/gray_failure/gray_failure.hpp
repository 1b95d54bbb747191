// The fault kind `gray_failure`: links that are neither whole nor down.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind gray_failure;

}  // namespace gameday::faults
