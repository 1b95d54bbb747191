// The Watch: looks at every node's own endpoint, around the hops, on a thread of its own.
//
// Kinds of probes and their parameters are tabled in README.md.
#pragma once

#include "harness/ports/catalog.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/engine.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <memory>

namespace gameday::probes {

// `catalog` (for its probes and drivers), `clock` and `sink` outlive the watch; what the sink is
// told is taken from the watch as well. A scenario that starts is copied.
std::unique_ptr<Watch> make_probe_watch(const Catalog& catalog, const SteadyClock& clock,
                                        EvidenceSink* sink = nullptr);

}  // namespace gameday::probes
