// Whether this machine lets netem work, found out by doing all that a fault does in a namespace
// that nobody is in.
#pragma once

#include "harness/base/result.hpp"

namespace gameday::devices::netem {

// Fails with what is missing and how to get it: `refused` for lack of privilege, else mostly
// `unsupported`.
Result<void> ready_here();

}  // namespace gameday::devices::netem
