// Packet: what the head of an IPv4 or IPv6 packet says of its connection. Pure.
#pragma once

#include "injectors/kernel/nft/flow.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gameday::devices::nfqueue {

// The packets of one direction of one connection, as they pass one side of the host. Ports are zero
// where the protocol has none, and for the later fragments of a packet.
struct Connection {
    kernel::Side side = kernel::Side::egress;
    bool v6 = false;
    std::uint8_t protocol = 0;
    std::array<std::uint8_t, 16> source{}, target{};  // IPv4: the first four bytes
    std::uint16_t source_port = 0, target_port = 0;
    bool operator==(const Connection&) const = default;
    auto operator<=>(const Connection&) const = default;
};

struct Packet {
    Connection connection;
    std::size_t length = 0;   // bytes, with its header
    std::size_t payload = 0;  // where that begins that comes behind the headers of IP
    bool operator==(const Packet&) const = default;
};

// Enough bytes for the headers of IP with their options, and the ports.
inline constexpr std::size_t head_bytes = 160;

// Nothing when the bytes are no head of an IP packet.
std::optional<Packet> parse_packet(std::span<const std::uint8_t> head, kernel::Side side);

// Names the stream of randomness of a connection: another text for every other connection, and the
// same on every machine.
std::string stream_of(const Connection& connection);

}  // namespace gameday::devices::nfqueue
