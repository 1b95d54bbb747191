// The interfaces of a network namespace, and the ifbs of ours among them. An ifb hands each packet
// on to where it was taken from, after its qdisc has had it.
//
// Ours are known by their alias, "gameday <run directory> faults <numbers>", which the kernel keeps
// when we are gone. Nothing else is ever deleted.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/netem/route_message.hpp"
#include "injectors/kernel/nft/netlink.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::netem {

struct Link {
    int index = 0;
    std::string name, kind, alias;  // kind: "ifb", "veth", …; "" for hardware
    std::uint32_t flags = 0, mtu = 0;
    bool operator==(const Link&) const = default;
};

// The messages, pure. A new ifb gets its alias and is set up in the same piece: there is none
// without, even if we die meanwhile.
Bytes add_ifb(std::string_view name, std::string_view alias, std::uint32_t sequence);
inline constexpr std::uint32_t add_ifb_messages = 2;
Bytes delete_link(int index, std::uint32_t sequence);
Bytes dump_links(std::uint32_t sequence);
std::optional<Link> read_link(View message);  // none when it tells of no interface

// The name of our ifb number `count` (15 characters at most), for the tag of a run
// (kernel::run_tag).
std::string ifb_name(std::string_view tag, std::uint32_t count);
// What the alias of each ifb of a run begins with.
std::string alias_start(std::string_view run_dir);
bool is_ours(const Link& link, std::string_view run_dir);

Result<std::vector<Link>> links(kernel::Netlink& route);
// Creates it; fails with `refused` when the name is taken, and says by what.
Result<Link> create_ifb(kernel::Netlink& route, const std::string& name, const std::string& alias);
// Deletes those that are ours and not in `keep`. Tries all, reports the first failure.
Result<void> delete_ours(kernel::Netlink& route, std::string_view run_dir,
                         const std::vector<std::string>& keep);

}  // namespace gameday::devices::netem
