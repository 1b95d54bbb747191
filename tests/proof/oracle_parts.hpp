// The parts of the oracle, shared by its files only.
#pragma once

#include "tests/proof/oracle.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace gameday::proof {

inline constexpr double endless = std::numeric_limits<double>::infinity();

using Figures = Interval<double>;

inline double at(Instant instant) { return seconds(instant); }

struct Seen {  // one operation
    double scheduled = 0, completed = 0;
    bool good = false, ok = false, spoiled = false;
    Phase phase = Phase::active;
};

struct Lane {  // one stream: load, client region, verb
    std::uint16_t load = 0;
    RegionId region;
    Verb verb = Verb::read;
    std::vector<Seen> operations;  // steady and active, by `scheduled`
    bool thin = false;
};

struct Fall {  // one span below the level
    double last_good = 0, first_bad = 0, first_bad_done = 0;
    double last_bad = 0, first_fine_done = 0;  // endless: open
    double shown = 0;                          // end of the window that shows it was over
};

struct Force {  // one fault: all of its pulses
    std::string name;
    Figures injected, healed;
    std::vector<Figures> pulses;
    bool expects_outage = true, bit = true;
    std::vector<NodeId> taken;
};

struct Case {
    const Scenario& scenario;
    const Evidence& evidence;
    Mutation mutation = Mutation::none;
    std::vector<Force> faults;
    std::vector<Lane> lanes;
    bool told = true;  // answers say who served
    double active_low = 0, active_high = 0, hold = 1;

    [[nodiscard]] bool is(Mutation which) const { return mutation == which; }
};

// Operations of the load that count: steady and active.
constexpr bool loaded(const Operation& operation) {
    return operation.phase == Phase::steady || operation.phase == Phase::active;
}

// Whether the answer names one of the nodes.
inline bool named(const Case& the, const Operation& operation) {
    return operation.served_by.index() < the.evidence.topology.nodes.size();
}

Case make_case(const Scenario& scenario, const Evidence& evidence, Mutation mutation);

// How the page may be read, and what the instrument may have hidden.
struct Reading {
    bool spoiled_bad = false;  // spoiled operations are bad; else they are not there
    bool backwards = false;    // a bad operation begins a span by either of its windows
};

std::vector<Fall> falls(const Case& the, const Lane& lane, const Reading& reading);
std::uint64_t due_for_level(const Case& the);

Figures rto(const Case& the, const Lane& lane, const Force& fault);
Figures ridden_out(const Case& the, const Lane& lane, const Force& fault);
Figures failback_rto(const Case& the, const Lane& lane, const Force& fault);
Figures outage_time(const Case& the, const Lane& lane);
Figures availability(const Lane& lane);
Figures latency(const Case& the, const Lane& lane, double quantile);
// End of the way back of that fault.
double back_at(const Case& the, const Force& fault);
double next_fault(const Case& the, const Force& fault);

// The data: adds its measurements.
void measure_ledger(const Case& the, std::vector<Measurement>& all);
void measure_order(const Case& the, std::vector<Measurement>& all);  // split brain, flaps, lag

void add(std::vector<Measurement>& all, const std::string& metric, const std::string& region,
         const std::string& fault, Unit unit, std::optional<Figures> value);

}  // namespace gameday::proof
