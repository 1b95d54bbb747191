// The fault kind `http_error`: HTTP requests that are answered with an error.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind http_error;

}  // namespace gameday::faults
