// Which lane of tests runs: the quick one, or the nightly one with all sizes and repeats.
#pragma once

#include <cstdlib>

namespace gameday::testing {

inline bool is_nightly() { return std::getenv("GAMEDAY_NIGHTLY") != nullptr; }

}  // namespace gameday::testing
