// Unexpected: what reads show that no sound system shows, whatever else is measured. A target of 0
// is implied for each, in runs that keep a ledger.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure unexpected;

}  // namespace gameday::measures
