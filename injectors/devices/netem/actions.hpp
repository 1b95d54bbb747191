// Typed makers of the netem device's actions. Pure; fault kinds include this and nothing else of
// the device.
//
// Each (fault, host) pair has an ifb with one netem of its own, and a table, owned by our socket,
// that leads the flows there. The root qdisc is never touched.
#pragma once

#include "harness/base/time.hpp"
#include "harness/ports/device.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::netem {

// As actions and the parameter `via` name it.
inline constexpr std::string_view device_name = "netem";

// The heal comes on its own when gameday has not renewed the rule for so long (it hangs).
inline constexpr Duration default_lease = std::chrono::seconds(10);

struct Rule {
    std::string host = "local";  // see kernel::parse_host
    std::vector<kernel::Flow> flows;
    kernel::Impairment impairment;
    Duration lease = default_lease;
    bool operator==(const Rule&) const = default;
};

// "netem set <host> …": puts the impairment of this fault in force on the host.
Action set(const Rule& rule);
// "netem clear <host>": takes it off; fine when there is none.
Action clear(const std::string& host);
// The rule that `set` carried. Fails with `invalid` on an action of another making.
Result<Rule> rule_of(const Action& action);

}  // namespace gameday::devices::netem
