// Lag: how far each replica was behind its source, by marker writes, from the steady window on; and
// for how long that was not seen.
#pragma once

#include "harness/model/evidence.hpp"

#include <vector>

namespace gameday::view {

// A replica was not read from `from` to `until`: at any moment in between its lag lay between 0 and
// the time since `marker`, when the last marker seen there was written.
struct Unseen {
    Instant from{}, until{}, marker{};

    [[nodiscard]] Duration most() const { return until - marker; }
};

struct ReplicaLag {
    NodeId replica;
    std::vector<LagSample> samples;  // in order of time
    Duration usual_gap{};            // the median between samples
    // Longer than three usual gaps. Not while the node was primary, which follows nobody.
    std::vector<Unseen> unseen;
};

struct Lag {
    std::vector<ReplicaLag> replicas;  // in order of node

    [[nodiscard]] bool sampled() const { return !replicas.empty(); }
    // The largest lag that any replica may have had until then: high ends, unseen stretches too.
    [[nodiscard]] Duration most_until(Instant when) const;
};

Lag lag_of(const Evidence& evidence);

}  // namespace gameday::view
