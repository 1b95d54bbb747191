// Replication lag: age of the newest write of the source that the replica can read, sampled from
// outside by marker writes; beside it what the system says of itself. And staleness: for each read,
// how old the returned value was, given the ledger.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure replication_lag;

}  // namespace gameday::measures
