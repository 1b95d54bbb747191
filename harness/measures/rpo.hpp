// RPO, observed: `t_fault − P`, where the recovery point P is the latest instant such that every
// write acknowledged up to P is readable after recovery and reconciliation; 0 when nothing is lost.
// With it `lost_acked`, the number of acknowledged writes that were lost.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure rpo;

}  // namespace gameday::measures
