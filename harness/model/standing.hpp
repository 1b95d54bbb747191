// Standing: what a value found under a key says about an acknowledged write to that key. The one
// rule of the ledger, for the load engine, which reads again until nothing is missing, and for the
// measures, which count what is.
#pragma once

#include "harness/model/evidence.hpp"

namespace gameday {

// newer: the write may have been overwritten, in accordance with real time. older: what is found
// was over before the write began, so the write is missing. unclear: what is found says nothing.
enum class Standing : std::uint8_t { newer, older, unclear };

// `holder` is the outcome of the write whose value was found, `holder_over` when it completed, and
// `began` when the acknowledged write was invoked.
//
// A write that was not acknowledged may take effect at any time after it was invoked: when it was
// given up before the other began, nobody knows which of them came last. A refused one should not
// be there at all. (A value that is absent, or that nobody wrote, is older: who calls says so.)
constexpr Standing standing(Outcome holder, Instant holder_over, Instant began) {
    if (holder == Outcome::failed) return Standing::unclear;
    if (holder_over >= began) return Standing::newer;
    return holder == Outcome::ok ? Standing::older : Standing::unclear;
}

}  // namespace gameday
