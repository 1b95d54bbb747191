// Scenario: one parsed scenario file, every default filled in, every duration already scaled.
//
// Values only. harness/scenario makes it from text; the runner, the load engine, the measures and
// the judge read it. Unless said otherwise, times in `faults` count from the end of the
// steady-state window.
#pragma once

#include "harness/model/topology.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday {

enum class ScenarioKind : std::uint8_t { recovery, sustained, correctness, switchover };

// A system that gameday starts and stops itself: the commands of examples/<name>/launch.json.
struct LaunchSpec {
    std::string name;               // "" : the system stands already
    std::string folder;             // absolute path of the example
    std::vector<std::string> up;    // argv; run in `folder`; returns once the system serves
    std::vector<std::string> down;  // argv; idempotent
    Duration timeout = std::chrono::seconds(30);
    Params parameters;  // passed on as JSON in GAMEDAY_SYSTEM, ${NAME} expanded only then
};

enum class Arrival : std::uint8_t { constant, poisson, ramp };

// How a client picks a region, and how it judges health. Health: a region (node) is out after
// `threshold` failed checks in a row and back after `recovery` good ones, checks every `interval`.
struct RouteSpec {
    std::string policy = "failover";
    Params policy_params{};  // read by the policy
    Duration check_interval = std::chrono::milliseconds(200);
    Duration check_timeout = std::chrono::milliseconds(500);
    std::int64_t threshold = 2;
    std::int64_t recovery = 2;
    // How the driver asks whether a node is healthy, "" = no checks, always healthy; and, for
    // writes_to_primary, whether it is the primary. What the driver says, unless written.
    std::string check_path = "/health", primary_path = "/primary";
    bool writes_to_primary = false;           // writes follow the health check's notion of primary
    Params check_headers{};                   // sent with both
    Params check_expect{}, primary_expect{};  // what a good answer is, read by the driver
};

// Clients of a load that behave alike.
struct CohortSpec {
    std::string behaviour = "resolve_once";
    Params params{};  // read by the behaviour
};

// Who may write what. Decides what counts as split-brain and what as a conflict.
enum class Ownership : std::uint8_t { single_writer, per_key, last_write_wins, multi_writer };

// What a version proves. clock: it orders writes, no more. causal (revision; term and index): a
// write whose version is not above that of a write acknowledged before it began had not seen it.
enum class VersionOrder : std::uint8_t { clock, causal };

struct KeySpec {
    std::uint64_t space = 0;  // 0: every write has a key of its own; else keys 1..space
    double skew = 0;          // zipf exponent, 0 = uniform
    bool existing = false;    // they stand already: names without the run id, values of others
};

struct LoadSpec {
    std::string name = "load";  // unique in the file
    std::string driver = "http";
    Params driver_params;  // templates; read by the driver
    Arrival arrival = Arrival::constant;
    double rate_per_s = 0;     // over all clients of this load
    double ramp_to_per_s = 0;  // ramp: the rate at the end of the run
    double writes = 0.5;       // share of operations that write
    KeySpec keys;
    std::vector<std::string> regions;  // homes of the clients; default: all regions
    std::vector<double> shares;        // by entry of `regions`; sums to 1
    std::uint32_t clients_per_region = 16;
    std::vector<CohortSpec> cohorts{CohortSpec{}};  // clients of a region belong to them in turn
    Duration timeout{};                             // compulsory
    std::uint32_t in_flight_max = 4096;  // beyond it operations are shed and recorded as failed
    RouteSpec route;
    bool ledger = true;  // written keys are read back from every region at the end
    Ownership ownership = Ownership::single_writer;
    VersionOrder order = VersionOrder::clock;
};

// What the harness samples from outside the faulted paths.
struct ProbeSpec {
    std::string kind;  // name of a ProbeKind
    std::string name;
    Duration interval = std::chrono::milliseconds(100);
    Duration timeout = std::chrono::milliseconds(500);
    Params params;
};

struct SteadyState {
    Duration window = std::chrono::seconds(3);
    double success = 0.99;                         // least share of good operations in the window
    std::int64_t operations_min = 20;              // fewer in the window is too little load
    Duration patience = std::chrono::seconds(30);  // to become steady; then the run is refused
};

struct FaultStep {
    FaultId id;                      // index + 1; 0 is the launched system
    std::string name;                // unique; default "<fault>" or "<fault>-<n>"
    std::string fault;               // kind
    Params params;                   // for the kind's planner
    Duration at{};                   // since the end of the steady-state window
    std::optional<Duration> length;  // `for`; absent: until the end of the run
    bool expects_outage = true;      // false: a fault the system must ride out
};

struct MinimumLevel {
    double success = 0.99;
    Duration latency{};  // bound of a good operation; default: the client timeout
    Duration hold = std::chrono::seconds(1);
};

enum class Severity : std::uint8_t { fail, warn };
enum class Comparison : std::uint8_t { at_most, at_least };

struct TargetSpec {
    std::string id;      // unique; default: metric (and class)
    std::string metric;  // a metric of a measure: "rto", "rto_write", "lost_acked", …
    std::string region;  // client region it is about; "" = the worst of all
    std::string fault;   // fault it is about; "" = all
    Comparison comparison = Comparison::at_most;
    double value = 0;      // in the metric's unit: seconds, share or count
    std::string declared;  // the text in the file, for reports
    Severity severity = Severity::fail;
    bool implied = false;  // no file declares it: every run must meet it
};

// What no fault may touch.
struct SafetySpec {
    std::vector<std::string> spare;  // addresses and prefixes, see check_address
};

struct StopCondition {
    std::string metric;  // "success_rate"
    double below = 0;
    Duration length{};
};

struct Scenario {
    std::string name, title, hypothesis, owner, service, tier;
    std::vector<std::string> tags;
    ScenarioKind kind = ScenarioKind::recovery;
    std::uint64_t seed = 1;
    double time_scale = 1;
    LaunchSpec launch;
    Topology topology;
    std::vector<LoadSpec> loads;
    std::vector<ProbeSpec> probes;
    SteadyState steady;
    std::vector<FaultStep> faults;
    Duration duration{};  // from the end of the steady window to the end of the load
    Duration settle =
        std::chrono::seconds(2);  // quiet time after load and heal, before reading back
    Duration ledger_patience = std::chrono::seconds(5);  // for late writes to become visible
    MinimumLevel minimum;
    std::int64_t expected_switches =
        -1;               // changes of the serving region per fault; -1 = 1 out + 1 back
    Duration cooldown{};  // declared least time between changes of the serving region
    std::vector<TargetSpec> targets;
    std::vector<StopCondition> stop_conditions;
    SafetySpec safety;
    std::vector<std::string> formats;         // reporters; default: all of a run
    std::vector<std::string> defaults_taken;  // "<pointer>: <value>" for `plan`
    std::vector<std::string> unscaled;        // likewise: what `time_scale` did not multiply
};

}  // namespace gameday
