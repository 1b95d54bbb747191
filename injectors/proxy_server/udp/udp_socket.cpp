#include "injectors/proxy_server/udp/udp_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace gameday::proxy_server::udp {
namespace {

using boost::system::error_code;

bool set_option(int socket, int level, int option, int value) {
    return ::setsockopt(socket, level, option, &value, sizeof(value)) == 0;
}

// The kernel gives an address that it has chosen the port of back when the socket connects and
// disconnects, see refuse(); one that was asked for by number is kept. So the socket that found a
// free port hands it on. Nobody else may share the port afterwards.
error_code bind_to_free_port(UdpSocket& socket, UdpEndpoint at) {
    error_code error;
    UdpSocket chooser(socket.get_executor());
    chooser.open(at.protocol(), error);
    if (!error) chooser.bind(at, error);
    if (!error) at = chooser.local_endpoint(error);
    if (!error) chooser.set_option(UdpSocket::reuse_address(true), error);
    if (!error) socket.set_option(UdpSocket::reuse_address(true), error);
    if (!error) socket.bind(at, error);
    if (!error) socket.set_option(UdpSocket::reuse_address(false), error);
    return error;
}

// The control message names our own address; the interface is left to the kernel's routing.
void forget_interface(msghdr& message) {
    for (auto* each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
            in_pktinfo place{};
            std::memcpy(&place, CMSG_DATA(each), sizeof(place));
            place.ipi_ifindex = 0;
            std::memcpy(CMSG_DATA(each), &place, sizeof(place));
        } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo place{};
            std::memcpy(&place, CMSG_DATA(each), sizeof(place));
            if (!IN6_IS_ADDR_LINKLOCAL(&place.ipi6_addr)) place.ipi6_ifindex = 0;
            std::memcpy(CMSG_DATA(each), &place, sizeof(place));
        }
    }
}

}  // namespace

error_code bind(UdpSocket& socket, const UdpEndpoint& at) {
    error_code error;
    socket.open(at.protocol(), error);
    if (error) return error;
    if (at.port() == 0) {
        error = bind_to_free_port(socket, at);
    } else {
        socket.bind(at, error);
    }
    if (!error) socket.non_blocking(true, error);
    if (at.address().is_unspecified() && !error) {
        const bool v6 = at.address().is_v6();
        set_option(socket.native_handle(), v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                   v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
    }
    return error;
}

std::optional<std::span<const char>> receive(UdpSocket& socket, std::span<char> space,
                                             Origin& origin) {
    iovec place{space.data(), space.size()};
    msghdr message{};
    message.msg_name = origin.client.data();
    message.msg_namelen = static_cast<socklen_t>(origin.client.capacity());
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = origin.control.data();
    message.msg_controllen = origin.control.size();
    const auto got = ::recvmsg(socket.native_handle(), &message, MSG_DONTWAIT);
    if (got < 0) return std::nullopt;
    origin.client.resize(message.msg_namelen);
    forget_interface(message);
    origin.control_size = message.msg_controllen;
    return std::span<const char>(space).first(static_cast<std::size_t>(got));
}

void answer(UdpSocket& socket, std::span<const char> datagram, const Origin& origin) {
    auto client = origin.client;
    auto control = origin.control;
    iovec place{const_cast<char*>(datagram.data()), datagram.size()};  // sendmsg(2) reads it only
    msghdr message{};
    message.msg_name = client.data();
    message.msg_namelen = static_cast<socklen_t>(client.size());
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = origin.control_size > 0 ? control.data() : nullptr;
    message.msg_controllen = origin.control_size;
    // A datagram that cannot be sent is lost.
    (void)::sendmsg(socket.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// A socket connected to itself hears nobody else, so the kernel answers that nobody is there.
void refuse(UdpSocket& socket, bool refuses) {
    error_code ignored;  // one that is closed refuses already
    if (refuses) {
        const auto self = socket.local_endpoint(ignored);
        ::connect(socket.native_handle(), self.data(), static_cast<socklen_t>(self.size()));
    } else {
        sockaddr nobody{};
        nobody.sa_family = AF_UNSPEC;
        ::connect(socket.native_handle(), &nobody, sizeof(nobody));
    }
}

}  // namespace gameday::proxy_server::udp
