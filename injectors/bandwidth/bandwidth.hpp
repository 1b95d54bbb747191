// The fault kind `bandwidth`: links that carry less.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind bandwidth;

}  // namespace gameday::faults
