// Flow: which packets of a host a kernel device touches, as data. Pure.
//
// Whatever a flow says, ARP, IPv6 neighbour discovery, ssh (TCP port 22, both ways) and the spared
// addresses are never touched.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::kernel {

// Seen from the host: packets that arrive, or packets that leave.
enum class Side : std::uint8_t { ingress, egress };

enum class Protocol : std::uint8_t { any, tcp, udp, icmp };

struct Flow {
    Side side = Side::ingress;
    std::vector<std::string> peers;  // addresses or prefixes of the other end, IPv4 and IPv6
    bool everything = false;         // no peers: all packets; has to be said
    std::vector<std::string> own;    // addresses or prefixes of this end; empty: any
    std::vector<std::string> spare;  // addresses or prefixes of the other end, never touched
    Protocol protocol = Protocol::any;
    std::vector<std::uint16_t> own_ports, peer_ports;  // TCP and UDP only; empty: any
    bool operator==(const Flow&) const = default;
};

// As args of an action, and back. Members with their default value are left out.
Value value_of(const Flow& flow);
// Fails with `invalid`, naming the field, on what value_of() does not make: addresses are checked,
// a flow needs peers or `everything`, ports need a protocol that has them.
Result<Flow> flow_of(const Value& value);

// An address with the length of its prefix: "10.0.0.7", "10.0.0.0/8", "fd00::1", "fd00::/64".
struct Prefix {
    bool v6 = false;
    std::vector<std::uint8_t> address;  // 4 or 16 bytes, network order, host bits zero
    unsigned length = 32;               // bits
    bool operator==(const Prefix&) const = default;
    auto operator<=>(const Prefix&) const = default;
};
Result<Prefix> parse_prefix(std::string_view text);
std::string prefix_text(const Prefix& prefix);  // without "/32" and "/128"

}  // namespace gameday::kernel
