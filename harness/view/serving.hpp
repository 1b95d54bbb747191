// Serving: who served, and when that changed, as traffic and roles show it.
#pragma once

#include "harness/view/streams.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gameday::view {

// A change of the serving region (traffic) or of the primary node (roles).
struct Change {
    Interval<Instant> at;   // last sign of the old, first sign of the new
    std::uint64_t seq = 0;  // first operation served by the new; 0 for roles
};

struct Serving {
    std::vector<Change> changes;  // in order of time
    // Good answers that tell who served, that do not, and that name no node of the topology.
    std::uint64_t told = 0, untold = 0, unrecognised = 0;
    // Two changes with a single operation between them: there may have been more than were seen.
    bool faster_than_arrivals = false;
    // Less than 90 % of the baseline was served by one region (weighted or retried traffic): there
    // is no serving region whose changes could be told.
    bool mixed = false;
};

// The fewest changes of the serving region that explain all good operations of the stream: each was
// served at some moment between its invocation and its completion. Changes less than `hold` apart
// are one where each client moved over once and for all: they learn of it one after the other.
Serving serving_of(const Stream& stream, const Topology& topology, Duration hold);

// Changes of the primary: of all nodes whose newest sample says primary, the one of the highest
// term. Losing and regaining office is one change. Absent without a sample of a primary.
std::optional<std::vector<Change>> changes_of_office(const std::vector<RoleSample>& roles);

// The longest part of the load, from the steady window on, without a sample of a node that was
// primary at some time: changes could have come and gone.
Duration longest_without_roles(const Evidence& evidence);

}  // namespace gameday::view
