// Recovery of one stream from an order (a fault, a heal): when the minimum level held again.
#pragma once

#include "harness/measures/outages.hpp"

#include <optional>
#include <vector>

namespace gameday::measures {

// One fault step: all its pulses together, from the first injection to the last heal.
struct FaultPeriod {
    FaultId id;
    std::string name;
    std::string kind;
    std::vector<NodeId> nodes;
    Interval<Instant> injected;               // of the first pulse
    std::optional<Interval<Instant>> healed;  // of the last pulse, when it was healed
    Instant until{};  // low end of the next step's injection, else the end of the load
    bool expects_outage = true;
};

// In order of first injection.
std::vector<FaultPeriod> fault_periods(const Evidence& evidence);

struct Recovery {
    Interval<double> value;  // seconds from the order to t_stable
    std::optional<Outage> outage;
    std::optional<Interval<Instant>> stable;
    std::size_t down_spans = 0;  // outages that begin in the period
};

// t_stable − order. The outage that counts is the first that begins between `order` and
// `begins_before`; without one, an outage under way at the order. When there is none, the level
// held throughout: the value is [0, first good operation invoked after the order].
Recovery recovery_of(const Stream& stream, const std::vector<Outage>& outages,
                     const Interval<Instant>& order, Instant begins_before);

}  // namespace gameday::measures
