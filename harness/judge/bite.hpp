// Bite: whether a fault proved that it was in force. No proof: inconclusive, never passed.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <string>
#include <vector>

namespace gameday::judge {

// By the device's counter when it has one (`affected` ≥ 0). Else by a signature in the evidence
// between injection and heal: a bad operation, a node whose role or health changed.
bool bit(const FaultWindow& window, const Evidence& evidence, const Scenario& scenario);

// Names of the fault steps of which no pulse bit, in order; and of those that never came to be.
std::vector<std::string> toothless(const Evidence& evidence, const Scenario& scenario);

}  // namespace gameday::judge
