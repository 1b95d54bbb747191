// What a person would type to do the same, for `gameday plan`.
#pragma once

#include "harness/ports/device.hpp"

#include <string>
#include <vector>

namespace gameday::devices::firewall {

// Lines for a shell that put a "firewall set" in force without a lease, and take it off for a
// "firewall clear" of the fault. Looks at the host for its interfaces, and changes nothing; where
// it cannot look, "eth0" stands for them. Empty for an action of another making.
std::vector<std::string> commands(const Action& action);

}  // namespace gameday::devices::firewall
