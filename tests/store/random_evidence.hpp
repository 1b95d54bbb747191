// Any evidence whose ids lead somewhere, drawn from a seed: for round trips.
#pragma once

#include "harness/model/evidence.hpp"

#include <cstdint>

namespace gameday::test {

Evidence random_evidence(std::uint64_t seed);

}  // namespace gameday::test
