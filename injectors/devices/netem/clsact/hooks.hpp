// What stands at the hooks of a namespace, and the taking off of what is ours there. Has effects.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/common/kernel/netlink.hpp"
#include "injectors/devices/netem/clsact/encode.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gameday::devices::netem {

// The qdiscs that hold filters, by interface: "clsact", or "ingress", which has one side only.
Result<std::map<int, std::string>> filter_qdiscs(kernel::Netlink& route);
// The hooks of such a qdisc.
std::vector<Hook> hooks_of(int link, const std::string& qdisc);

// What stands at a hook; nothing when there is no such interface or hook.
Result<std::vector<StandingFilter>> filters_at(kernel::Netlink& route, const Hook& hook);

// Fails with `refused`, and names the owner, when filters of others have our priorities there.
Result<void> check_free(kernel::Netlink& route, const std::vector<Hook>& hooks, std::uint32_t mark);

// Lets a run use the clsact of each of these interfaces; makes it where there is none. Fails, and
// leaves it as it was, with `refused` where somebody's qdisc has no side that leaves.
struct Wanted {
    int link = 0;
    std::string name;
    bool egress = false;
};
Result<void> claim_clsact(kernel::Netlink& route, const std::vector<Wanted>& wanted,
                          std::uint32_t mark);

// Takes off all filters with the mark, whoever made them, then each clsact that was made for them
// and holds no others. Tries all, reports the first failure; fine when there is nothing.
Result<void> remove_marked(kernel::Netlink& route, std::uint32_t mark);

}  // namespace gameday::devices::netem
