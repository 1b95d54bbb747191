// The messages that put a netem on an interface and ask what stands there, as bytes, and what the
// kernel answers. Pure.
//
// Every attribute is sent every time: netem keeps what it is not told. Delays go as 64 bits of ns;
// the fields of 32 bits hold as much of them as fits, for kernels before 4.15.
#pragma once

#include "injectors/devices/netem/route_message.hpp"
#include "injectors/devices/netem/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::devices::netem {

// Where a qdisc stands. Without a handle of its own it would take the place of somebody else's.
struct Place {
    int link = 0;  // index of the interface
    std::uint32_t parent = 0xffffffff, handle = 0;
    bool operator==(const Place&) const = default;
};
inline constexpr std::uint32_t root = 0xffffffff;
inline constexpr std::uint32_t own_handle = 0x4744'0000;       // "GD"
inline constexpr std::uint32_t splitter_handle = 0x4753'0000;  // "GS"

// A new netem. The kernel refuses it where a qdisc with a handle stands.
Bytes add_netem(const Place& place, const Settings& settings,
                const std::vector<std::int16_t>& table, std::uint32_t sequence);

// A new token bucket that lets everything pass at once, but splits what is longer than
// `packet_bytes` on the wire: the kernel's super-packets, which netem would count as one.
Bytes add_splitter(const Place& place, std::uint32_t packet_bytes, std::uint32_t sequence);

// Asks for all qdiscs there are.
Bytes dump_qdiscs(std::uint32_t sequence);

struct Counters {
    std::uint64_t packets = 0, bytes = 0;  // that came out
    std::uint32_t dropped = 0;             // lost on purpose or for lack of room
    std::uint32_t waiting = 0;             // packets in it now
    bool operator==(const Counters&) const = default;
};

struct Standing {
    Place place;
    std::string kind;
    std::optional<Settings> settings;  // of a netem
    Counters counters;
};
// One message of the answer; none when it tells of no qdisc.
std::optional<Standing> read_qdisc(View message);

}  // namespace gameday::devices::netem
