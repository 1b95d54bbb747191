// A bound UDP socket that answers from the address that was asked, and that can refuse. Linux.
#pragma once

#include "injectors/devices/proxy/net/socket.hpp"
#include "injectors/proxy_server/names.hpp"

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace gameday::proxy_server::udp {

using UdpSocket = net::basic_datagram_socket<net::ip::udp, Executor>;
using UdpEndpoint = net::ip::udp::endpoint;

// Where a datagram came from, and which address of ours it was sent to.
struct Origin {
    UdpEndpoint client;
    alignas(std::max_align_t) std::array<char, 64> control{};  // cmsg(3), for the answer
    std::size_t control_size = 0;
};

// Binds; with port 0 to a free port. Fails with the system's own error.
boost::system::error_code bind(UdpSocket& socket, const UdpEndpoint& at);

// The next datagram, put into `space`; nothing when none waits.
std::optional<std::span<const char>> receive(UdpSocket& socket, std::span<char> space,
                                             Origin& origin);

// To whom it came from. A full buffer loses it, as a router would.
void answer(UdpSocket& socket, std::span<const char> datagram, const Origin& origin);

// Whether whoever sends to the socket gets ICMP "port unreachable" instead; the port stays ours.
void refuse(UdpSocket& socket, bool refuses);

}  // namespace gameday::proxy_server::udp
