// The LoadEngine: plans the loads, runs the shards and the health checkers, merges what they saw.
#pragma once

#include "harness/ports/catalog.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/engine.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <cstdint>
#include <memory>

namespace gameday::load {

// `catalog`, `clock` and `sink` outlive the engine; what the sink is told is taken from the engine
// as well. shards: 0 = one for each core. Starting raises the
// process's soft limit of open files to its hard limit, because an open loop against a server that
// stalls holds many connections.
std::unique_ptr<LoadEngine> make_sharded_engine(const Catalog& catalog, const SteadyClock& clock,
                                                std::uint32_t shards = 0,
                                                EvidenceSink* sink = nullptr);

}  // namespace gameday::load
