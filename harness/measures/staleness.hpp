// Staleness of each read: for how long its value had been out of date, given the ledger.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <vector>

namespace gameday::measures {

struct Staleness {
    const Operation* read = nullptr;
    // Between "since the first acknowledgement of a newer write until the read began" and "since
    // that write began until the read was answered". Zero for a current value: no acknowledged
    // write that began after the returned one was over had been acknowledged when the read began.
    Interval<Duration> age{};
};

// One entry for each answered read of the steady and active phases whose value can be judged (it is
// absent, or the id of an acknowledged write to that key). O(n log n).
std::vector<Staleness> staleness_of(const Evidence& evidence, const Scenario& scenario);

}  // namespace gameday::measures
