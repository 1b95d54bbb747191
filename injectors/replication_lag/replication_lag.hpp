// The fault kind `replication_lag`: what the source says reaches the replicas late, or not at all.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

extern const FaultKind replication_lag;

}  // namespace gameday::faults
