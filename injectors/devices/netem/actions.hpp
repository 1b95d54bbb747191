// Typed makers of the netem device's actions. Pure; fault kinds include this and nothing else of
// the device.
//
// Each (fault, host) pair has an ifb with one netem of its own, and a table, owned by our socket,
// that leads the flows there. The root qdisc is never touched.
#pragma once

#include "harness/ports/device.hpp"
#include "injectors/kernel/steer/impairment_rule.hpp"

#include <string>
#include <string_view>

namespace gameday::devices::netem {

// As actions and the parameter `via` name it.
inline constexpr std::string_view device_name = "netem";

using kernel::default_lease;
using Rule = kernel::ImpairmentRule;

inline Action set(const Rule& rule) { return kernel::set_impairment(device_name, rule); }
inline Action clear(const std::string& host) { return kernel::clear_impairment(device_name, host); }
inline Result<Rule> rule_of(const Action& action) {
    return kernel::impairment_rule_of(device_name, action, Duration(1));
}

}  // namespace gameday::devices::netem
