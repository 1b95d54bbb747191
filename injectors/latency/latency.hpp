// The fault kind `latency`: links that take longer.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind latency;

}  // namespace gameday::faults
