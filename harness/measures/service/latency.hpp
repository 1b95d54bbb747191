// Latency: quantiles of `completed − scheduled` of good operations in the active phase.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure latency;

}  // namespace gameday::measures
