// Outage time: total length of the spans below the minimum level, per service, operation class
// (read, write) and client region.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure outage_time;

}  // namespace gameday::measures
