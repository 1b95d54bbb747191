// Prober: one probe of the scenario at work, and the ProbeState on which all of them write.
#pragma once

#include "harness/load/role_reading.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/clock.hpp"
#include "harness/ports/evidence_sink.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace gameday::load {

// Written by the probe thread. The newest roles may be read from anywhere, the rest after the end.
class ProbeState {
 public:
    // sink: is told of each sample; may be null.
    explicit ProbeState(const Topology& topology, EvidenceSink* sink = nullptr)
        : newest_(topology.nodes.size()), sink_(sink) {}

    // `by_role_probe`: its word on the role outranks probes that only tell up from down.
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

// What a prober works with; everything outlives it.
struct ProbeSetting {
    boost::asio::io_context& io;
    const SteadyClock& clock;
    const Topology& topology;
    ProbeState& board;
};

// When to ask again: an interval after the last time, or after now if that has passed as well.
inline Instant next_time(Instant last, Instant now, Duration interval) {
    return now - last >= interval ? now + interval : last + interval;
}

// On the probe thread.
class Prober {
 public:
    virtual ~Prober() = default;
    // Asks what is due and gives up what is overdue. Returns when it wants to be called again.
    virtual Instant turn(Instant now) = 0;
    virtual void stop() = 0;
};

// kinds role and http: one request to every node, each interval. `driver` speaks HTTP.
Result<std::unique_ptr<Prober>> make_page_prober(const ProbeSetting& setting,
                                                 const ProbeSpec& probe, const DriverKind& driver);

// kind tcp: one connection to every node, each interval.
Result<std::unique_ptr<Prober>> make_tcp_prober(const ProbeSetting& setting,
                                                const ProbeSpec& probe);

// kind replication_lag: markers written to the primary and read from the others, with the driver
// and templates of a load. Key and markers have the run id in their numbers.
Result<std::unique_ptr<Prober>> make_lag_prober(const ProbeSetting& setting, const ProbeSpec& probe,
                                                const DriverKind& driver, const LoadSpec& load,
                                                std::uint32_t run_id);

}  // namespace gameday::load
