#include "injectors/devices/nfqueue/packet.hpp"

#include <algorithm>

namespace gameday::devices::nfqueue {

namespace {

using ByteView = std::span<const std::uint8_t>;

std::uint16_t number_at(ByteView bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(bytes[offset] << 8U | bytes[offset + 1]);
}

// TCP, UDP, DCCP, SCTP and UDP-Lite begin with the two ports.
bool has_ports(std::uint8_t protocol) {
    return protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 || protocol == 136;
}

void read_ports(ByteView head, Packet& packet) {
    if (!has_ports(packet.connection.protocol) || head.size() < packet.payload + 4) return;
    packet.connection.source_port = number_at(head, packet.payload);
    packet.connection.target_port = number_at(head, packet.payload + 2);
}

std::optional<Packet> parse_v4(ByteView head, Packet packet) {
    if (head.size() < 20) return std::nullopt;
    packet.payload = (head[0] & 0x0fU) * std::size_t{4};
    packet.length = number_at(head, 2);
    packet.connection.protocol = head[9];
    std::ranges::copy(head.subspan(12, 4), packet.connection.source.begin());
    std::ranges::copy(head.subspan(16, 4), packet.connection.target.begin());
    if (packet.payload < 20 || packet.length < packet.payload) return std::nullopt;
    const bool later_fragment = (number_at(head, 6) & 0x1fffU) != 0;
    if (!later_fragment) read_ports(head, packet);
    return packet;
}

// Walks the extension headers (RFC 8200, section 4) to what they carry.
std::optional<Packet> parse_v6(ByteView head, Packet packet) {
    constexpr std::uint8_t hop_by_hop = 0, routing = 43, fragment = 44, destination = 60;
    if (head.size() < 40) return std::nullopt;
    packet.connection.v6 = true;
    packet.length = 40 + std::size_t{number_at(head, 4)};
    std::ranges::copy(head.subspan(8, 16), packet.connection.source.begin());
    std::ranges::copy(head.subspan(24, 16), packet.connection.target.begin());
    std::uint8_t next = head[6];
    std::size_t offset = 40;
    bool later_fragment = false;
    while (next == hop_by_hop || next == routing || next == fragment || next == destination) {
        if (head.size() < offset + 8) break;
        const std::size_t length = next == fragment ? 8 : (head[offset + 1] + std::size_t{1}) * 8;
        if (next == fragment) later_fragment = (number_at(head, offset + 2) & 0xfff8U) != 0;
        next = head[offset];
        offset += length;
    }
    packet.connection.protocol = next;
    packet.payload = std::min(offset, packet.length);
    if (!later_fragment) read_ports(head, packet);
    return packet;
}

}  // namespace

std::optional<Packet> parse_packet(ByteView head, kernel::Side side) {
    if (head.empty()) return std::nullopt;
    Packet packet;
    packet.connection.side = side;
    const unsigned version = head[0] >> 4U;
    if (version == 4) return parse_v4(head, packet);
    if (version == 6) return parse_v6(head, packet);
    return std::nullopt;
}

std::string stream_of(const Connection& connection) {
    const bool leaves = connection.side == kernel::Side::egress;
    std::string text = leaves ? "nfqueue/egress/" : "nfqueue/ingress/";
    const auto add = [&text](std::uint8_t byte) { text.push_back(static_cast<char>(byte)); };
    const auto add_port = [&add](std::uint16_t port) {
        add(static_cast<std::uint8_t>(port >> 8U));
        add(static_cast<std::uint8_t>(port & 0xffU));
    };
    add(connection.v6 ? 6 : 4);
    add(connection.protocol);
    std::ranges::for_each(connection.source, add);
    std::ranges::for_each(connection.target, add);
    add_port(connection.source_port);
    add_port(connection.target_port);
    return text + '/';
}

}  // namespace gameday::devices::nfqueue
