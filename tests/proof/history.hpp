// Random histories of a small simulated system, and what was true in it.
//
// The truth comes from the plan and the simulation alone: nothing here looks back at operations.
// Seconds since the run began are plain doubles; they become instants when evidence is written.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace gameday::proof {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

// What an honest interval may claim: its low end is not above the first, its high end not below the
// second. A truth that is one point has both the same; where two readings of the definitions are
// right, low_at_most is the larger one; where the definitions ask for an open or a wide interval,
// low_at_most is the smaller one.
struct Claimable {
    double low_at_most = infinite;     // infinite: anything may be claimed
    double high_at_least = -infinite;  // -infinite: anything may be claimed
    bool no_pass = false;              // too little load: a pass would be false

    static Claimable point(double value) { return {value, value, false}; }
    [[nodiscard]] bool holds(double low, double high) const;
    [[nodiscard]] bool may_pass(const TargetSpec& target) const;
    [[nodiscard]] bool may_fail(const TargetSpec& target) const;
};

// The worst of two: the larger, or (availability) the smaller.
Claimable worst(const Claimable& a, const Claimable& b, bool smaller_is_worse);

// How operations go wrong while a piece lasts.
enum class Mode : std::uint8_t {
    refuse,    // failed at once
    time_out,  // unknown after the client timeout
    error,     // unknown at once
    slow,      // done, but later than the bound
    stall,     // waits for the end of the piece; good when that is within the bound
};

// One stretch of the server's timeline in which it does not serve one client region and verb.
struct Piece {
    double begin = 0, end = 0;
    Mode mode = Mode::refuse;
    double share = 1;         // of operations that are hit, drawn for each
    std::uint32_t every = 0;  // not 0: every n-th operation of a stream instead
    int load = -1;            // -1: all loads
    bool fixed = false;       // other pieces give way to it
    bool close = false;       // meant to melt into the one before
};

// What one piece did to one stream, in the order of the plan.
struct SpanTruth {
    double begin = 0, begin_late = 0;  // began for certain not later than begin_late
    double end_early = 0, end = 0;     // ended between
    double down = 0;                   // length that was really down, without melted gaps
    bool sure = false;                 // below the level for certain
    bool whole = true;                 // every operation was hit
    bool harmless = false;             // only late, all within the bound
    std::vector<double> hits;          // when the operations were due that it hit
};

struct StreamTruth {
    std::uint16_t load = 0;
    std::size_t region = 0;
    Verb verb = Verb::read;
    double rate = 0;
    double window = 0;     // of the level, in seconds
    bool thin = false;     // its window is too long for the spacing of the plan: no opinion
    bool starved = false;  // too few operations to tell the level: a pass would be false
    std::uint64_t steady_due = 0, tail_due = 0;
    std::vector<SpanTruth> spans;
    std::uint64_t due = 0, good = 0, spoiled = 0;  // active phase
    std::vector<double> latencies, unspoiled;      // active phase; infinite where not ok
};

struct FaultTruth {
    std::string name;
    double injected = 0, healed = 0;
    std::vector<double> pulses;  // injections
    bool expects_outage = true;
    bool overlaps = false;                  // another one
    std::map<std::string, Claimable> data;  // rpo, lost_at_failover, …
};

struct Truth {
    double success = 0.99, hold = 1, active_high = 0;
    bool steady_before = true, steady_after = true;
    bool proven = true;  // all faults bit and lasted
    bool suspended = false;
    std::vector<std::string> regions;
    std::vector<StreamTruth> streams;
    std::vector<FaultTruth> faults;
    std::map<std::string, Claimable> run;  // lost_acked, unexpected, flaps, …
    std::string story;                     // in words, a line for each thing
};

struct History {
    Scenario scenario;  // without targets
    Evidence evidence;
    Truth truth;
};

// The same seed gives the same history on every machine.
History make_history(std::uint64_t seed);

// What may be claimed; region "" is the worst of all, fault "" the worst of all. No opinion: all.
Claimable claimable(const Truth& truth, const std::string& metric, const std::string& region,
                    const std::string& fault);

// Draws targets around the truth: just below, just above, far away. And the implied ones.
std::vector<TargetSpec> draw_targets(std::uint64_t seed, const History& history);
std::vector<TargetSpec> implied_targets(const Truth& truth);

}  // namespace gameday::proof
