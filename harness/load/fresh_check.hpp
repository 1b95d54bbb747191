// Before the load: whether keys that the run is going to make are there already. Something that an
// earlier run left, or an answer that is the same for every key, would stand in for lost writes.
#pragma once

#include "harness/load/place_reads.hpp"

#include <vector>

namespace gameday::load {

// Reads a few keys of each load that makes its own from every node, once. `refused` when one shows
// a value, with what to write. Nodes that do not answer within `patience` are passed over.
Result<void> keys_are_fresh(const EnginePlan& plan, const Topology& topology,
                            const SteadyClock& clock,
                            const std::vector<std::vector<ClientId>>& readers, Duration patience);

}  // namespace gameday::load
