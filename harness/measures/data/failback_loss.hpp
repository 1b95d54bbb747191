// Failback loss: acknowledged writes lost on the way back from a fault.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure failback_loss;

}  // namespace gameday::measures
