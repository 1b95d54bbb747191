// Split-brain writes: inside one exclusive-ownership scope (a key, the whole store), acknowledged
// writes by two regions where neither had seen the other's. In multi-writer scopes the same events
// are conflicts.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure split_brain;

}  // namespace gameday::measures
