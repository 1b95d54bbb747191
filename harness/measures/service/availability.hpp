// Availability: good operations ÷ due operations, with the baseline beside it.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure availability;

}  // namespace gameday::measures
