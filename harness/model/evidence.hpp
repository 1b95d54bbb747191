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
    warmup,         // before the steady-state window
    steady,         // the baseline window
    active,         // from the first fault's time zero to the end of the load
    final_read,     // reading the ledger back from each node, after healing
    survivor_read,  // the same from the survivors of a fault, while it is still in force
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
    unexpected,    // an answer that is not what the scenario says a good one is
};

// In `served_by`: the answer names somebody, but no node of the topology. Apart from "not told".
inline constexpr NodeId unrecognised_node = NodeId::of(NodeId::none_value - 1);

// In `value` of a read: there is a value, but none that this run could have written.
inline constexpr std::uint64_t foreign_value = ~std::uint64_t{0};

// Numbers of a run: its id above, the n-th thing that it makes below. 52 bits, so that JSON and
// floating point carry them whole.
constexpr std::uint64_t numbered(std::uint32_t run_id, std::uint64_t n) {
    return (std::uint64_t{run_id} << 32U) | n;
}
inline constexpr std::uint32_t run_id_max = (1U << 20U) - 1;  // the least is 1; 0: not known

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

// Who issued operations: a client's home region and the load it belongs to (index in the scenario);
// its cohort (index within the load), and the name of the behaviour that all clients of it have.
struct ClientInfo {
    RegionId region;
    std::uint16_t load = 0;
    std::uint16_t cohort = 0;
    std::string behaviour = "resolve_once";
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
    // Whom it takes away: nobody can reach them, or they do not run, while it is in force.
    std::vector<NodeId> taken{};
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

// A health answer changed, as a route's checker saw it: the clients' own, no probe of ours.
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

// Operations of a load that ended alike, for reports: never for verdicts.
struct CauseCount {
    std::uint16_t load = 0;
    Verb verb = Verb::read;
    Cause cause = Cause::none;
    std::string detail;  // "HTTP 503", "/value is missing"; "" when the cause says it all
    std::uint64_t count = 0;
    Instant first{};     // when the first of them was completed
    std::string sample;  // the answer to the first of them, cut short; "" when there was none
    bool operator==(const CauseCount&) const = default;
};

// cut_short: the run was killed, and this is what it had written until then.
enum class Ending : std::uint8_t { completed, aborted, refused, cut_short };

// How healthy the instrument itself was.
struct InstrumentHealth {
    Duration lateness_p50{}, lateness_p99{}, lateness_max{};
    std::uint64_t shed = 0;
    // When it did not run at all (stopped, paused with its machine), or its clock was stepped.
    std::vector<Interval<Instant>> suspended{};
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
    std::vector<CauseCount> causes{};            // why operations were not good
    Interval<Instant> steady{};                  // the steady-state window
    Interval<Instant> active{};                  // time zero of the faults, end of the load
    Instant finished{};                          // end of the final reads
    Ending ending = Ending::completed;
    std::string ending_reason;       // why aborted or refused
    std::vector<std::string> notes;  // anything a reader of the report must know
    InstrumentHealth instrument;
    std::string started_at;  // wall clock, ISO 8601 UTC, for people
    std::string program_version;
    std::uint32_t run_id = 0;  // in every value that it wrote, see numbered; 0: not known
    bool operator==(const Evidence&) const = default;
};

std::string_view name_of(Verb verb);
std::string_view name_of(Outcome outcome);
std::string_view name_of(Phase phase);
std::string_view name_of(Cause cause);
std::string_view name_of(Role role);
std::string_view name_of(Ending ending);

}  // namespace gameday
