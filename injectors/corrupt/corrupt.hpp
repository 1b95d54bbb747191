// The fault kind `corrupt`: packets with a wrong bit.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind corrupt;

}  // namespace gameday::faults
