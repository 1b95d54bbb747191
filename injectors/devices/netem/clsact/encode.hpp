// The messages about clsact and the u32 filters in it, as bytes, and what the kernel answers. Pure.
//
// u32 compares words of a packet, counted from its network header. Where the ports are depends on
// the headers before them, so a match may become two filters: a plain packet, and a fragment.
#pragma once

#include "injectors/devices/netem/clsact/match.hpp"
#include "injectors/devices/netem/route_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::devices::netem {

// Where filters stand: one side of an interface.
struct Hook {
    int link = 0;  // index of the interface
    kernel::Side side = kernel::Side::ingress;
    auto operator<=>(const Hook&) const = default;
};

// Where among all filters of a hook: lower ones are asked first. All of one priority are of one
// type of packets (an ETH_P_…, in the order of this machine).
struct Rank {
    std::uint16_t priority = 0, ether_type = 0;
    auto operator<=>(const Rank&) const = default;
};

// Of the packet's word at this offset the bits of the mask have this value.
struct Key {
    std::uint32_t mask = 0, value = 0;  // in the order of this machine
    int offset = 0;
    bool operator==(const Key&) const = default;
};
// A packet of the match fits all keys of one of these lists, and no other packet does.
std::vector<std::vector<Key>> keys_of(const Match& match);

struct NewFilter {
    Hook hook;
    Rank rank;
    std::uint16_t node = 1;  // of one rank, those with lower numbers are asked first
    std::uint32_t mark = 0;  // its class id, by which we know it again
    int target = 0;          // index of the interface that gets the packet; 0: it passes
    std::vector<Key> keys;
};
Bytes add_filter(const NewFilter& filter, std::uint32_t sequence);
// All filters of the rank, or the one with the handle. Both fail where there is none.
Bytes delete_filters(const Hook& hook, const Rank& rank, std::uint32_t handle,
                     std::uint32_t sequence);
Bytes dump_filters(const Hook& hook, std::uint32_t sequence);

Bytes add_clsact(int link, std::uint32_t sequence);
Bytes delete_clsact(int link, std::uint32_t sequence);
inline constexpr std::uint32_t clsact_handle = 0xffff'0000;  // of "ingress" as well

// Asks for an answer to the last of the messages; of the others only errors are told.
Bytes in_one_piece(const std::vector<Bytes>& messages);

struct StandingFilter {
    kernel::Side side = kernel::Side::ingress;
    Rank rank;
    std::string kind;
    std::uint32_t handle = 0, mark = 0;
    int target = 0;
    std::uint64_t packets = 0;  // led to the target
    bool operator==(const StandingFilter&) const = default;
};
// One message of the answer; none when it tells of no filter, but of the frame around some.
std::optional<StandingFilter> read_filter(View message);

}  // namespace gameday::devices::netem
