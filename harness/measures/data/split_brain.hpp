// Split-brain writes: inside one exclusive-ownership scope (a key, the whole store), acknowledged
// writes by two regions where neither had seen the other's. In multi-writer scopes the same events
// are conflicts.
//
// Where the scenario declares the order of versions causal they prove it, see unaware_writes. A
// version that is a clock, or that is not told, proves nothing: changes of the writer are
// suspicious then, and the count is an interval. Suspicious are two changes less than `hold` apart,
// a third change between two faults (each may cause one out, one back, for each of its pulses; so
// does the time before the first), and where keys are their own scopes any second change.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure split_brain;

}  // namespace gameday::measures
