// How a fuzz target says that a property does not hold: the process aborts, and libFuzzer keeps the
// input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace gameday::fuzz {

inline void demand(bool holds, const char* what, std::string_view seen = "") {
    if (holds) return;
    std::fprintf(stderr, "broken property: %s: %.*s\n", what, static_cast<int>(seen.size()),
                 seen.data());
    std::abort();
}

// Whether this run is the lane's own proof: a defect is planted for the fuzzer to find.
inline bool is_planted() {
    static const bool planted = std::getenv("GAMEDAY_FUZZ_PLANT") != nullptr;
    return planted;
}

}  // namespace gameday::fuzz
