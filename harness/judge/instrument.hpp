// Instrument: whether load and generator were good enough for what the targets ask.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <string>
#include <vector>

namespace gameday::judge {

struct Doubts {
    std::vector<std::string> inconclusive;  // reasons that forbid "passed"
    std::vector<std::string> warnings;
};

// - Steady state: the share of good operations in the steady window, and their number.
// - Resolution: δ, the distance of arrivals of the sparsest stream (service, client region, class)
//   that a time target (rto, outage_time, failback_rto) covers. Above 50 % of the target:
//   inconclusive; above 10 %: a warning. The smallest outage the load could have seen is told.
// - Lateness: the generator's 99 % lateness, by the same shares of the smallest time target; and
//   operations that were not good through the generator alone, when they are more than the minimum
//   level forgives.
Doubts doubts_of(const Scenario& scenario, const Evidence& evidence);

}  // namespace gameday::judge
