#include "injectors/devices/nfqueue/copy_sender.hpp"

#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gameday::devices::nfqueue {

namespace {

// None, and errno says why, where it is not to be had.
Descriptor raw_socket(int family) {
    Descriptor made(::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW));
    if (!made.is_open()) return made;
    const int on = 1;
    const std::uint32_t mark = copy_mark;
    const bool v4 = family == AF_INET;
    const bool ready = ::setsockopt(made.get(), v4 ? IPPROTO_IP : IPPROTO_IPV6,
                                    v4 ? IP_HDRINCL : IPV6_HDRINCL, &on, sizeof on) == 0 &&
                       ::setsockopt(made.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0 &&
                       ::setsockopt(made.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0;
    if (ready) return made;
    const int why = errno;
    made.close();
    errno = why;
    return made;
}

// One packet to an address, by a device that a control message names.
template <class Info>
bool send_by(int socket, std::span<const std::uint8_t> packet, void* address, socklen_t length,
             int level, int type, const Info& info) {
    iovec whole{const_cast<std::uint8_t*>(packet.data()), packet.size()};
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(Info))> control{};
    msghdr message{};
    message.msg_name = address;
    message.msg_namelen = length;
    message.msg_iov = &whole;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = level;
    head->cmsg_type = type;
    head->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(head), &info, sizeof info);
    return ::sendmsg(socket, &message, 0) == static_cast<ssize_t>(packet.size());
}

}  // namespace

Result<CopySender> CopySender::open(const kernel::Namespace& where) {
    CopySender sender;
    auto opened = where.inside([&]() -> Result<void> {
        sender.v4_ = raw_socket(AF_INET);
        if (!sender.v4_.is_open()) {
            return refused(
                "no raw socket for duplicates: {}; run as root or with CAP_NET_RAW and "
                "CAP_NET_ADMIN",
                std::strerror(errno));
        }
        sender.v6_ = raw_socket(AF_INET6);
        return {};
    });
    if (!opened) return opened.error();
    return sender;
}

bool CopySender::send(std::span<const std::uint8_t> packet, std::uint32_t device) const {
    if (packet.size() >= 20 && packet[0] >> 4U == 4) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        std::memcpy(&to.sin_addr, packet.data() + 16, sizeof to.sin_addr);
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(device);
        return send_by(v4_.get(), packet, &to, sizeof to, IPPROTO_IP, IP_PKTINFO, info);
    }
    if (packet.size() < 40) return false;
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_scope_id = device;
    std::memcpy(&to.sin6_addr, packet.data() + 24, sizeof to.sin6_addr);
    in6_pktinfo info{};
    info.ipi6_ifindex = device;
    return send_by(v6_.get(), packet, &to, sizeof to, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

}  // namespace gameday::devices::nfqueue
