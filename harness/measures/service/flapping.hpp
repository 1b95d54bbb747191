// Flapping: changes of the serving region (or role) beyond those the scenario expects; smallest
// dwell; cooldown breaches against the declared hysteresis.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure flapping;

}  // namespace gameday::measures
