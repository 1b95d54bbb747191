// Switches: when the region that serves changed for good, as traffic and roles show it.
#pragma once

#include "harness/measures/streams.hpp"

#include <optional>
#include <vector>

namespace gameday::measures {

// A change of the serving region (traffic) or of the primary node (roles).
struct Switch {
    Interval<Instant> at;   // last sign of the old, first sign of the new
    std::uint64_t seq = 0;  // first operation served by the new; 0 for roles
};

// Changes between sustained runs of good operations served by one region, in order of invocation. A
// run is sustained from 3 operations in a row over at least 20 ms, or from 500 ms: anything less is
// a mix of answers under way. Absent when less than 90 % of the baseline was served by one region
// (weighted or retried traffic has no serving region), or no answer told who served.
std::optional<std::vector<Switch>> traffic_switches(const Stream& stream, const Topology& topology);

// Changes of the primary: of all nodes whose newest sample says primary, the one of the highest
// term. No primary for a while and then the same node again is no change. Absent without a sample
// of a primary.
std::optional<std::vector<Switch>> role_switches(const std::vector<RoleSample>& roles);

}  // namespace gameday::measures
