// Typed makers of the nfqueue device's actions. Pure; fault kinds include this and nothing else of
// the device.
//
// For kernels without sch_netem: the packets of the flows wait in a queue of the kernel until our
// program lets them go, late, twice or never. When the program is gone they pass at once.
#pragma once

#include "harness/ports/device.hpp"
#include "injectors/kernel/steer/impairment_rule.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace gameday::devices::nfqueue {

// As actions and the parameter `via` name it.
inline constexpr std::string_view device_name = "nfqueue";
inline constexpr Duration least_lease = std::chrono::milliseconds(300);  // room for three renewals

using kernel::default_lease;
using Rule = kernel::ImpairmentRule;

inline Action set(const Rule& rule) { return kernel::set_impairment(device_name, rule); }
inline Action clear(const std::string& host) { return kernel::clear_impairment(device_name, host); }
inline Result<Rule> rule_of(const Action& action) {
    return kernel::impairment_rule_of(device_name, action, least_lease);
}

// Whether the device can do it: not slots, not ecn, and duplicates only of packets that leave.
// Fails with `unsupported` and says what to do instead.
Result<void> offered(const Rule& rule);

}  // namespace gameday::devices::nfqueue
