// RTO, observed: `t_stable − t_fault`, read and write apart, per fault and client region. Never
// stable before the run ends: "> observed window".
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure rto;

}  // namespace gameday::measures
