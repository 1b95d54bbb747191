// The part of `gameday doctor` about faults in the kernel.
#pragma once

#include "harness/app/doctor.hpp"

#include <vector>

namespace gameday::app {

// Each capability is tried in a network namespace made for that, and named with the way to get it
// on the common systems. All are extras: the proxy needs none of them.
std::vector<Checkup> examine_network();

}  // namespace gameday::app
