// Systems that gameday starts itself: examples/<name>/launch.json, and the fault number 0 that
// bringing one up amounts to.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/ports/fault_kind.hpp"

#include <string>

namespace gameday::app {

// What `"launch": name` stands for: the output of the example's describe command, with its
// commands under "launch". `system` is passed on as GAMEDAY_SYSTEM; `beside` is the folder that a
// relative path in `name` starts from.
Result<Value> describe_launch(const std::string& name, const Params& system,
                              const std::string& beside);

// Bringing the system up as a plan: inject = up, heal = down.
FaultPlan launch_plan(const LaunchSpec& launch);

}  // namespace gameday::app
