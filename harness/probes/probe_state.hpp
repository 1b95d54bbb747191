// ProbeState: what all probes of a run have seen, on which every prober writes.
#pragma once

#include "harness/base/id.hpp"
#include "harness/base/time.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <mutex>
#include <optional>
#include <vector>

namespace gameday::probes {

// Written by the probe thread. The newest roles may be read from anywhere, the rest after the end.
class ProbeState {
 public:
    // sink: is told of each sample; may be null.
    explicit ProbeState(const Topology& topology, EvidenceSink* sink = nullptr)
        : newest_(topology.nodes.size()), sink_(sink) {}

    // `by_role_probe`: its word on the role outranks probes that only tell up from down. What they
    // say of a node that a role probe has spoken of is no evidence: it would look like a change.
    void note(const RoleSample& sample, std::optional<Duration> lag, bool by_role_probe);
    void note(const LagSample& sample);
    [[nodiscard]] std::vector<Role> roles() const;

    // The node that was last seen as primary, in the highest term; none: no node was.
    [[nodiscard]] NodeId primary() const;
    // What the node last said of its own lag.
    [[nodiscard]] std::optional<Duration> reported(NodeId node) const;

    std::vector<RoleSample> role_samples;
    std::vector<LagSample> lag_samples;

 private:
    struct Newest {
        RoleSample sample;
        std::optional<Duration> lag;
        bool by_role_probe = false;
    };
    mutable std::mutex mutex_;
    std::vector<Newest> newest_;  // by NodeId
    EvidenceSink* sink_;
};

}  // namespace gameday::probes
