// Spans: the stretches of one stream below the declared level.
//
// The level is judged on windows that can tell it. The window of an operation is the shortest
// stretch from it on (or back from it) that lasts `hold` and has N = ⌈1/(1 − success)⌉ due
// operations; at most ⌊(1 − success) × due⌋ of them may be bad, and nothing else is forgiven. An
// operation is fine when it is good and the window that begins with it, or the one that ends with
// it, holds the level. A span runs from a bad operation whose own window is below the level (the
// one that begins with it; the one that ends with it where the load is over too soon to fill that)
// to the next fine operation.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/level.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gameday::view {

struct Span {
    // Between `scheduled` of the last good operation before it and the moment by which the first
    // bad one shows it: when it failed, but no later than a normal service time after it was
    // invoked.
    Interval<Instant> start;
    // Between `scheduled` of the last bad operation and `completed` of the first fine one. Absent:
    // no fine operation came any more.
    std::optional<Interval<Instant>> end;
    Instant first_failed{};  // `completed` of the first bad operation
    Instant last_bad{};      // `scheduled` of the last bad operation
    // `scheduled` of the first of the bad operations up to this span of which each is less than a
    // window after the one before: the level may have been broken since then, for it forgives some.
    Instant perhaps_since{};
    // When the window that shows the end was over; as long as the load where there is none.
    Instant shown{};
    std::vector<std::uint64_t> witnesses;  // last good, first bad, last bad, first fine
    bool operator==(const Span&) const = default;
};

// What spans are made of. `bad` has one entry for each operation.
struct Course {
    const std::vector<const Operation*>& operations;  // in order of `scheduled`
    std::vector<bool> bad;
    Interval<Instant> observed;  // from the first window to the end of the load
    Duration service{};          // normal service time
};

// In order of time. O(n).
std::vector<Span> spans_of(const Course& course, const LevelRule& rule);

}  // namespace gameday::view
