// The fault kind `slow_close`: ends of streams that arrive late.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind slow_close;

}  // namespace gameday::faults
