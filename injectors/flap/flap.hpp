// Flap: any other fault as a square wave, in force for a part of each period while its step lasts.
#pragma once

#include "harness/ports/fault_kind.hpp"

namespace gameday::faults {

// The plan of the fault under `of`, with a wave. A fault that itself is a wave is refused.
Result<FaultPlan> plan_flap(const Params& params, const PlanContext& context);

}  // namespace gameday::faults
