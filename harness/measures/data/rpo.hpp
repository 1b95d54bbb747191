// RPO, observed: `t_fault − P`, where the recovery point P is the latest instant such that every
// write acknowledged up to P is readable; 0 when nothing is lost. Twice: as the survivors show it
// while the fault is still in force (`rpo`, with `lost_at_failover`), and when all is healed and
// reconciled (`rpo_after_heal`, with `lost_acked`); what was acknowledged after the fault is told
// apart (`lost_after_fault`). With them `behind`, what one node does not show and another does.
#pragma once

#include "harness/ports/measure.hpp"

namespace gameday::measures {

extern const Measure rpo;

}  // namespace gameday::measures
