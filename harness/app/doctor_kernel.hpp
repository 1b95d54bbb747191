// The part of `gameday doctor` about the kernel: what the devices that touch packets need.
#pragma once

#include "harness/app/doctor.hpp"
#include "harness/ports/fault_kind.hpp"

#include <vector>

namespace gameday::app {

// Tries to make a network namespace, and asks each kernel device, which tries itself out in one.
// All are extras: without them the proxy carries what it can.
std::vector<Checkup> examine_kernel(const Able& able);

}  // namespace gameday::app
