// The fault kind `http_delay`: HTTP requests whose response is late.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind http_delay;

}  // namespace gameday::faults
