// Catch-up: from the heal of a fault until every replica that fell behind under it is as near to
// its source again as before the first fault, by marker writes.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure catch_up;

}  // namespace gameday::measures
