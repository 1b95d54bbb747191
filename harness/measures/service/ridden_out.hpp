// Ridden out: a fault that the system has to bear without a span below its level.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure ridden_out;

}  // namespace gameday::measures
