// Packets, and what u32 makes of them by the keys alone: an own reading of the kernel's
// u32_classify, so that filters can be held against the flows that they came from.
#pragma once

#include "harness/base/random.hpp"
#include "injectors/devices/netem/clsact/encode.hpp"
#include "injectors/devices/netem/clsact/filters.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::testing {

struct Packet {
    bool v6 = false;
    std::string source, destination;
    std::uint8_t protocol = 17;
    std::uint16_t source_port = 0, destination_port = 0;  // of ICMPv6: the type in the first byte
    bool options = false;                                 // IPv4: 8 bytes; IPv6: hop-by-hop
    int fragment = -1;                                    // -1: whole; else its offset in 8 bytes
    [[nodiscard]] std::vector<std::uint8_t> bytes() const;
};

// Addresses, protocols and ports from few, so that they meet those of flows.
Packet random_packet(Random& random);
devices::kernel::Flow random_flow(Random& random);

// Whether all keys of one of the lists fit.
bool fits(const devices::netem::Match& match, const Packet& packet);
// The chain of the first filter that fits: "" when it lets pass, "none" when none fits.
std::string decide(const std::vector<devices::netem::Filter>& filters, const Packet& packet);

}  // namespace gameday::testing
