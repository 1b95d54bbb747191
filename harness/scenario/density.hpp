// Density: whether the load of each stream is dense enough to tell its level.
#pragma once

#include "harness/model/scenario.hpp"

#include <string>
#include <vector>

namespace gameday::scenario {

// A line for each stream (load, client region, verb) of which fewer operations are due in the
// steady window than a window of the level needs (model/level.hpp): what is due, and the rate to
// write. Targets that such a stream belongs to can not be met.
std::vector<std::string> thin_streams(const Scenario& scenario);

}  // namespace gameday::scenario
