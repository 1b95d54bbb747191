// Failback: the same RTO and RPO, counted from the order to go back, which is the heal.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure failback;

}  // namespace gameday::measures
