// Typed makers of the nfqueue device's actions. Pure; fault kinds include this and nothing else of
// the device.
//
// For kernels without sch_netem: the packets of the flows wait in a queue of the kernel until our
// program lets them go, late, twice or never. When the program is gone they pass at once.
#pragma once

#include "harness/base/time.hpp"
#include "harness/ports/device.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::nfqueue {

// As actions and the parameter `via` name it.
inline constexpr std::string_view device_name = "nfqueue";

// The heal comes on its own when gameday has not renewed the rule for so long (it hangs).
inline constexpr Duration default_lease = std::chrono::seconds(10);
inline constexpr Duration least_lease = std::chrono::milliseconds(300);  // room for three renewals

struct Rule {
    std::string host = "local";  // see kernel::parse_host
    std::vector<kernel::Flow> flows;
    kernel::Impairment impairment;
    Duration lease = default_lease;
    bool operator==(const Rule&) const = default;
};

// "nfqueue set <host> …": puts the impairment of this fault in force on the host.
Action set(const Rule& rule);
// "nfqueue clear <host>": takes it off; fine when there is none.
Action clear(const std::string& host);
// The rule that `set` carried. Fails with `invalid` on an action of another making.
Result<Rule> rule_of(const Action& action);

// Whether the device can do it: not slots, not ecn, and duplicates only of packets that leave.
// Fails with `unsupported` and says what to do instead.
Result<void> offered(const Rule& rule);

}  // namespace gameday::devices::nfqueue
