// The fault kind `partition`: groups of nodes that cannot hear each other.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind partition;

}  // namespace gameday::faults
