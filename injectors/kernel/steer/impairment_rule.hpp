// ImpairmentRule: what becomes of the packets of some flows on one host. As an action of a device,
// both ways. Pure.
#pragma once

#include "harness/base/time.hpp"
#include "harness/ports/device.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::kernel {

// The heal comes on its own when gameday has not renewed the rule for so long (it hangs).
inline constexpr Duration default_lease = std::chrono::seconds(10);

struct ImpairmentRule {
    std::string host = "local";  // see parse_host
    std::vector<Flow> flows;
    Impairment impairment;
    Duration lease = default_lease;
    bool operator==(const ImpairmentRule&) const = default;
};

// "DEVICE set <host> …": puts the impairment of this fault in force on the host.
Action set_impairment(std::string_view device, const ImpairmentRule& rule);
// "DEVICE clear <host>": takes it off; fine when there is none.
Action clear_impairment(std::string_view device, const std::string& host);
// The rule that `set_impairment` carried. Fails with `invalid` on an action of another making, and
// on a lease that is shorter than the least.
Result<ImpairmentRule> impairment_rule_of(std::string_view device, const Action& action,
                                          Duration least_lease);

}  // namespace gameday::kernel
