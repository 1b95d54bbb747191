// The fault kind `tls_handshake`: TLS connections that are never made.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind tls_handshake;

}  // namespace gameday::faults
