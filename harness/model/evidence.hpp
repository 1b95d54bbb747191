// Evidence: what a run saw, as plain values. Everything after the run is a function of it.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/model/topology.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday {

enum class Verb : std::uint8_t { read, write };

// ok: known to have taken effect. failed: known not to have. unknown: may have.
enum class Outcome : std::uint8_t { ok, failed, unknown };

// When an operation was issued.
enum class Phase : std::uint8_t {
    warmup,      // before the steady-state window
    steady,      // the baseline window
    active,      // from the first fault's time zero to the end of the load
    final_read,  // reading the ledger back from each region, after healing
};

// Why an operation ended as it did; a hint for reports, never for verdicts.
enum class Cause : std::uint8_t {
    none,
    refused,       // connection refused
    unreachable,   // no route, address not available
    timed_out,     // no answer within the client timeout
    reset,         // connection reset or closed in mid-operation
    rejected,      // the driver's table says: not done (for example a follower's refusal)
    server_error,  // 5xx that may have taken effect
    malformed,     // an answer that cannot be understood
    shed,          // never sent: the in-flight bound was reached
    no_route,      // never sent: no healthy region to send it to
};

// One operation. Exactly 64 bytes: it is written to disk as it is (little endian).
struct Operation {
    std::uint64_t seq = 0;      // position in the evidence, from 1
    Instant scheduled{};        // when the arrival process said it was due
    Instant invoked{};          // when its first attempt began
    Instant completed{};        // when its outcome was known
    std::uint64_t value = 0;    // write: the unique id written; read: the id read, 0 = absent
    std::uint64_t version = 0;  // what the system says orders this effect (revision, term and
                                // index), monotone in the ownership scope; 0 = not told
    std::uint32_t key = 0;
    ClientId client;   // index into Evidence::clients
    NodeId node;       // where it was sent (last attempt)
    NodeId served_by;  // who answered, as the answer itself says; none: nobody
    Verb verb = Verb::read;
    Outcome outcome = Outcome::unknown;
    Phase phase = Phase::warmup;
    Cause cause = Cause::none;

    [[nodiscard]] Duration latency() const { return completed - scheduled; }
    [[nodiscard]] Duration lateness() const { return invoked - scheduled; }
    bool operator==(const Operation&) const = default;
};
static_assert(sizeof(Operation) == 64);

// Who issued operations: a client's home region and the load it belongs to (index in the scenario).
struct ClientInfo {
    RegionId region;
    std::uint16_t load = 0;
    bool operator==(const ClientInfo&) const = default;
};

// A fault (or one pulse of it) in force. `affected`: how often the device saw it bite; -1 = the
// device cannot tell, so traffic must.
struct FaultWindow {
    FaultId id;
    std::string name;  // of the step
    std::string kind;
    std::vector<NodeId> nodes;   // whom it is aimed at, may be empty
    Interval<Instant> injected;  // before and after the device calls
    std::optional<Interval<Instant>> healed;
    std::int64_t affected = -1;
    std::string heal_error;  // "" when it healed (or was not tried yet)
    std::string trouble{};   // why it was not in force all the time; "" when it was
    bool expects_outage = true;
    std::vector<std::string> notes{};  // how it was done: which device, and why
    bool operator==(const FaultWindow&) const = default;
};

enum class Role : std::uint8_t { unknown, primary, replica, down };

// One look at a node: asked at `at.low`, answered (or given up) at `at.high`.
struct RoleSample {
    Interval<Instant> at;
    NodeId node;
    Role role = Role::unknown;
    std::uint64_t term = 0;
    bool operator==(const RoleSample&) const = default;
};

// Lag of `replica` behind its source by marker writes: the newest marker readable there was written
// between lag.high and lag.low ago. `reported`: what the system itself says.
struct LagSample {
    Interval<Instant> at;
    NodeId replica;
    Interval<Duration> lag;
    std::optional<Duration> reported;
    bool operator==(const LagSample&) const = default;
};

// A health answer changed, as a route's checker saw it.
struct HealthSample {
    Instant at;
    RegionId observer;  // client region whose checker it was
    NodeId node;
    bool healthy = false;
    bool operator==(const HealthSample&) const = default;
};

// Connections through the hop of a link that ended alike and were met by the same faults; over all
// rows of a link each connection counts once.
struct ConnectionCount {
    std::string link;
    std::string ended;  // by whom and how, "rst_by_upstream"; "open": it had not
    std::vector<FaultId> faults;
    std::uint64_t connections = 0;
    std::uint64_t bytes_to = 0, bytes_from = 0;  // passed on to the target, and back
    bool operator==(const ConnectionCount&) const = default;
};

enum class Ending : std::uint8_t { completed, aborted, refused };

// How healthy the instrument itself was.
struct InstrumentHealth {
    Duration lateness_p50{}, lateness_p99{}, lateness_max{};
    std::uint64_t shed = 0;
    bool operator==(const InstrumentHealth&) const = default;
};

struct Evidence {
    Topology topology;
    std::vector<ClientInfo> clients;
    std::vector<Operation> operations;  // in order of seq; seq = index + 1
    std::vector<FaultWindow> faults;    // in order of injection
    std::vector<RoleSample> roles;      // in order of at.low
    std::vector<LagSample> lags;
    std::vector<HealthSample> health;
    std::vector<ConnectionCount> connections{};  // by link; empty: none has a hop, or nobody came
    Interval<Instant> steady{};                  // the steady-state window
    Interval<Instant> active{};                  // time zero of the faults, end of the load
    Instant finished{};                          // end of the final reads
    Ending ending = Ending::completed;
    std::string ending_reason;       // why aborted or refused
    bool steady_after = true;        // steady state proven again at the end
    std::vector<std::string> notes;  // anything a reader of the report must know
    InstrumentHealth instrument;
    std::string started_at;  // wall clock, ISO 8601 UTC, for people
    std::string program_version;
    bool operator==(const Evidence&) const = default;
};

std::string_view name_of(Verb verb);
std::string_view name_of(Outcome outcome);
std::string_view name_of(Phase phase);
std::string_view name_of(Cause cause);
std::string_view name_of(Role role);
std::string_view name_of(Ending ending);

}  // namespace gameday
