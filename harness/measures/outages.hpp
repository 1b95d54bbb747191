// Outages of one stream: the spans below the minimum level, with both edges as intervals.
//
// Windows decide that an outage exists and where it ends; single operations place its edges.
#pragma once

#include "harness/measures/streams.hpp"

#include <optional>
#include <vector>

namespace gameday::measures {

struct Outage {
    // Between the completion of the last served operation before it (but not after the first
    // affected operation was invoked) and the invocation of the first affected operation plus s*.
    Interval<Instant> start;
    // Between the latest evidence of still being down and the completion of the first good
    // operation of the sustained-good run; after a silence whose backlog was then worked through,
    // the first answer, when all who came after it were served well. Absent: not over before the
    // load ended.
    std::optional<Interval<Instant>> end;
    Instant last_bad{};  // invocation of the last affected operation
    std::vector<std::uint64_t> witnesses;

    bool operator==(const Outage&) const = default;
};

// How many operations of a window of `due` may be bad while the level holds: what the declared
// shares leave over, and beside that single hiccups, up to two where 20 or more were due (one of
// ten to 19, none below), because one slow operation is not an outage. Success is a share of the
// due operations; throughput a share of the baseline or of what was due, whichever is less: what
// the generator did not offer is not held against the system.
std::size_t bad_allowed(std::size_t due, const MinimumLevel& minimum, double baseline_per_s);

// For each operation of the stream, whether the level holds there: whether it lies in some window
// of length `hold` in which the level holds, between the first and the last served operation of
// that window (a window must not lend its good share to the bad operations at its rim).
std::vector<bool> level_holds(const Stream& stream, const MinimumLevel& minimum, Instant load_end);

// The maximal runs of operations where the level does not hold, in order of time.
std::vector<Outage> outages_of(const Stream& stream, const MinimumLevel& minimum, Instant load_end);

// The length of the outage in seconds; an infinite high end when it was not over.
Interval<double> length_of(const Outage& outage);

}  // namespace gameday::measures
