// LoadEngine and Watch: what the runner asks of the data plane.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
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

// A stream (load × client region × cohort × verb), counted over its operations that were due in a
// window.
struct StreamCount {
    std::uint16_t load = 0;
    RegionId region;
    std::uint16_t cohort = 0;
    Verb verb = Verb::read;
    std::uint64_t due = 0, done = 0, good = 0;
    Cause cause = Cause::none;   // of most that were done and not good; none: they were too slow
    std::uint64_t by_cause = 0;  // how many that were
};

// Whether what is written can be read as the scenario says, found out under the load.
struct Readability {
    enum class State : std::uint8_t { pending, shown, amiss };
    State state = State::pending;
    std::string why;                 // amiss: what is wrong, and what to write
    std::vector<std::string> notes;  // shown: what a reader must know
};

// Whom a fault leaves, to be read while it is in force.
struct Survey {
    std::vector<NodeId> survivors;
    Instant since{};  // when the fault came into force
};

// Drives the load of a scenario. Control thread only; the shards run on threads of their own.
class LoadEngine {
 public:
    virtual ~LoadEngine() = default;
    // Starts arrivals at `begin`, or as soon as a sample of the keys that the run will make was
    // seen to be absent (`refused` when one is there), and gives the instant of the first.
    // Operations are marked with the phase last set.
    virtual Result<Instant> start(const Scenario& scenario, std::uint32_t run_id,
                                  Instant begin) = 0;
    virtual void set_phase(Phase phase) = 0;
    virtual LoadStatus status() = 0;
    // Each stream, of operations due in [low, high); ends are moved to multiples of steady_slice
    // since the begin of the load. Only until the phase `active` was set.
    virtual std::vector<StreamCount> streams(const Interval<Instant>& window) = 0;
    // What reading acknowledged writes back from each node, and through the routes, has shown.
    virtual Readability readable() = 0;
    // Acknowledged writes of the last minute are remembered, and from now on all since a minute
    // before `since`; absent: no fault takes nodes away any more.
    virtual void keep_writes(std::optional<Instant> since) = 0;
    // Reads remembered writes from survivors, newest first, on a thread of its own, until it is
    // ended; they are recorded as survivor reads. One at a time: another survey ends the one
    // before.
    virtual void begin_survey(const Survey& survey) = 0;
    virtual void end_survey() = 0;
    // Ends arrivals and waits for operations under way (at most their timeout).
    virtual void stop() = 0;
    // Reads every key of the ledger from every node, around failed ones, retrying keys whose newest
    // acknowledged write is not visible until patience ends; each attempt is recorded. Call after
    // stop.
    virtual Result<void> read_back(Duration patience, const std::stop_token& stop) = 0;
    // Everything recorded, merged, in order of `scheduled`, seq filled in.
    virtual std::vector<Operation> take_operations() = 0;
    virtual std::vector<ClientInfo> clients() const = 0;
    virtual std::vector<HealthSample> take_health() = 0;
    // Why operations were not good, and what else a reader of the report must know. After stop.
    virtual std::vector<CauseCount> take_causes() { return {}; }
    virtual std::vector<std::string> take_notes() { return {}; }
};

// The grain in which streams are counted: a steady window is a whole number of them.
inline Duration steady_slice(const SteadyState& steady) {
    constexpr Duration longest = std::chrono::milliseconds(200);
    const auto count =
        std::max<Duration::rep>(10, (steady.window + longest - Duration(1)) / longest);
    return std::max<Duration>(steady.window / count, Duration(1));
}

// Samples roles and lag from outside the faulted paths (nodes' own endpoints, not the hops).
class Watch {
 public:
    virtual ~Watch() = default;
    virtual Result<void> start(const Scenario& scenario, std::uint32_t run_id) = 0;
    virtual std::vector<Role> roles() = 0;  // newest of each node, index = NodeId
    virtual void stop() = 0;
    virtual std::vector<RoleSample> take_roles() = 0;
    virtual std::vector<LagSample> take_lags() = 0;
};

}  // namespace gameday
