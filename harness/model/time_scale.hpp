// Time scale: what a run must say of itself when declared times were multiplied.
#pragma once

#include "harness/model/scenario.hpp"

#include <string>

namespace gameday {

// One sentence that names every time that was left as it is; "" for a run at its own pace, and
// where nothing was left.
std::string scale_warning(const Scenario& scenario);

}  // namespace gameday
