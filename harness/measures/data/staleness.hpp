// Staleness of each read: for how long its value had been out of date, given the ledger.
#pragma once

#include "harness/view/view.hpp"

#include <cstdint>
#include <vector>

namespace gameday::measures {

// Of the answered reads of the steady and active phases whose value can be judged: it is absent, or
// the id of an acknowledged write to that key. An age lies between "since the first acknowledgement
// of a newer write until the read began" and "since that write began until the read was answered".
// Zero for a current value: no acknowledged write that began after the returned one was over had
// been acknowledged when the read began.
struct Staleness {
    std::vector<Duration> low, high;  // one entry for each read, in no order
    std::uint64_t stale = 0;          // reads with a low end above 0
    std::uint64_t stalest = 0;        // seq of the read with the largest low end; 0: none is stale
};

// O(n log n).
Staleness staleness_of(const view::View& view);

}  // namespace gameday::measures
