// Typed makers of the firewall device's actions. Pure; fault kinds include this and nothing else of
// the firewall.
//
// Each (fault, host) pair has at most one table in the kernel, owned by the socket that made it:
// it is gone when we are. Flows of one action come into force in one transaction.
#pragma once

#include "harness/base/time.hpp"
#include "harness/ports/device.hpp"
#include "injectors/kernel/nft/flow.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::firewall {

// As actions and the parameter `via` name it.
inline constexpr std::string_view device_name = "firewall";

enum class Cut : std::uint8_t {
    drop,    // silence
    reset,   // TCP is answered with RST, all else is dropped
    reject,  // answered with "administratively prohibited"
};

enum class Scope : std::uint8_t {
    all,
    fresh,        // only connections that begin while the rule is in force
    established,  // only connections that began before
};

// The heal comes on its own when gameday has not renewed the rule for so long (it hangs).
inline constexpr Duration default_lease = std::chrono::seconds(10);
inline constexpr Duration least_lease = std::chrono::milliseconds(300);  // room for three renewals

struct Rule {
    std::string host = "local";  // see kernel::parse_host
    std::vector<kernel::Flow> flows;
    Cut cut = Cut::drop;
    Scope scope = Scope::all;
    Duration lease = default_lease;
    bool operator==(const Rule&) const = default;
};

// "firewall set <host> …": puts the rule of this fault in force on the host.
Action set(const Rule& rule);
// "firewall clear <host>": takes the rule of this fault off; fine when there is none.
Action clear(const std::string& host);
// The rule that `set` carried. Fails with `invalid` on an action of another making.
Result<Rule> rule_of(const Action& action);

}  // namespace gameday::devices::firewall
