// Lag: how far each replica was behind its source, by marker writes, from the steady window on; and
// for how long that was not seen.
#pragma once

#include "harness/model/evidence.hpp"

#include <optional>
#include <vector>

namespace gameday::view {

// A replica was not read from `from` to `until`: at any moment in between its lag lay between 0 and
// the time since `marker`, when the last marker seen there was written; it may be any, where none
// was seen before.
struct Unseen {
    static constexpr Duration any = Duration::max();

    Instant from{}, until{};
    std::optional<Instant> marker;

    [[nodiscard]] Duration most_at(Instant when) const { return marker ? when - *marker : any; }
    [[nodiscard]] Duration most() const { return most_at(until); }
};

struct ReplicaLag {
    NodeId replica;
    std::vector<LagSample> samples;  // in order of time
    Duration usual_gap{};            // the median between samples
    // Longer than three usual gaps, from the steady window on. Not while the node was primary,
    // which follows nobody.
    std::vector<Unseen> unseen;
};

struct Lag {
    std::vector<ReplicaLag> replicas;  // in order of node

    [[nodiscard]] bool sampled() const { return !replicas.empty(); }
    // The largest lag that any replica may have had until then: high ends, unseen stretches too.
    [[nodiscard]] Duration most_until(Instant when) const;
};

// Where any replica was sampled, each node that follows (a replica by the topology or by role
// samples, which never said primary nor acknowledged a write) and was not, was never seen.
Lag lag_of(const Evidence& evidence);

}  // namespace gameday::view
