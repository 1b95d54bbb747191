// LoadEngine and Watch: what the runner asks of the data plane.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/clock.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gameday {

// Counters since the load began; any two differ to a window. Good: ok within the minimum level's
// latency bound.
struct LoadCounters {
    std::uint64_t due = 0, done = 0, good = 0, bad = 0;
};

struct LoadStatus {
    LoadCounters total;
    double op_per_s = 0, success = 1, p99_s = 0;  // over about the last second
};

// Drives the load of a scenario. Control thread only; the shards run on threads of their own.
class LoadEngine {
 public:
    virtual ~LoadEngine() = default;
    // Starts arrivals at `begin`. Operations are marked with the phase last set.
    virtual Result<void> start(const Scenario& scenario, Instant begin) = 0;
    virtual void set_phase(Phase phase) = 0;
    virtual LoadStatus status() = 0;
    // Ends arrivals and waits for operations under way (at most their timeout).
    virtual void stop() = 0;
    // Reads every key of the ledger from every node, around failed ones, retrying keys whose newest
    // acknowledged write is not visible until patience ends; then that's how it is. Call after
    // stop.
    virtual Result<void> read_back(Duration patience, const std::stop_token& stop) = 0;
    // Everything recorded, merged, in order of `scheduled`, seq filled in.
    virtual std::vector<Operation> take_operations() = 0;
    virtual std::vector<ClientInfo> clients() const = 0;
    virtual std::vector<HealthSample> take_health() = 0;
};

// Samples roles and lag from outside the faulted paths (nodes' own endpoints, not the hops).
class Watch {
 public:
    virtual ~Watch() = default;
    virtual Result<void> start(const Scenario& scenario) = 0;
    virtual std::vector<Role> roles() = 0;  // newest of each node, index = NodeId
    virtual void stop() = 0;
    virtual std::vector<RoleSample> take_roles() = 0;
    virtual std::vector<LagSample> take_lags() = 0;
};

}  // namespace gameday
