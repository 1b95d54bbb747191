// The fault kind `region_outage`: a whole region is gone from the others and from all clients.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind region_outage;

}  // namespace gameday::faults
