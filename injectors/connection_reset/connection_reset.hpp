// The fault kind `connection_reset`: connections that end with RST, all or some of them.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind connection_reset;

}  // namespace gameday::faults
