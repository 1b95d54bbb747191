// What marker writes say about the lag of a replica. Pure.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace gameday::probes {

// A marker is a write of an increasing id to one reserved key at the source.
struct Marker {
    std::uint64_t value = 0;
    Interval<Instant> written;  // sent, answered
    bool acked = false;
};

// How far a replica was behind, given all markers in order, the one it returned (0 = none) between
// `asked.low` and `asked.high`, and how often markers are written.
//   high: the age of the marker it has (of the first marker, if it has none).
//   low: the age of the oldest newer marker that the source had acknowledged before we asked; zero
//     when there is none, because then nothing is known to be missing.
// Nothing when no marker was acknowledged, or when none is missing but the newest is older than
// three intervals: the source takes no writes, and lag means nothing.
std::optional<Interval<Duration>> marker_lag(std::span<const Marker> markers, std::uint64_t found,
                                             const Interval<Instant>& asked, Duration interval);

}  // namespace gameday::probes
