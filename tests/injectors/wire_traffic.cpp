#include "tests/injectors/wire_traffic.hpp"

#include "injectors/kernel/host/host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>

namespace gameday::testing {

using kernel::Namespace;

namespace {

// The clock by which the kernel stamps what arrives: a busy machine reads late.
Duration now() { return std::chrono::system_clock::now().time_since_epoch(); }

// The next packet of a socket, or nothing.
std::optional<Arrival> receive(int socket) {
    std::array<char, 2048> buffer{};
    alignas(cmsghdr) std::array<char, 256> control{};
    iovec place{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket, &message, MSG_DONTWAIT) < 12) return std::nullopt;
    Arrival arrival;
    std::memcpy(&arrival.number, buffer.data(), 4);
    std::memcpy(&arrival.sent, buffer.data() + 4, 8);
    const cmsghdr* stamp = CMSG_FIRSTHDR(&message);
    if (stamp == nullptr || stamp->cmsg_type != SCM_TIMESTAMPNS) return std::nullopt;
    timespec time{};
    std::memcpy(&time, CMSG_DATA(stamp), sizeof time);
    arrival.arrived = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    return arrival;
}

}  // namespace

int udp_socket_on(const std::string& host, int family) {
    auto where = Namespace::open(kernel::parse_host(host).value());
    int made = -1;
    auto opened = where.value().inside([&]() -> Result<void> {
        made = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        return {};
    });
    if (!opened || made < 0) throw std::runtime_error("no socket on " + host);
    const int room = 8 << 20;
    ::setsockopt(made, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    ::setsockopt(made, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    const int on = 1;
    ::setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return made;
}

Traffic::Traffic(const std::string& from, const std::string& to, const std::string& address,
                 std::uint16_t port) {
    sockaddr_storage target{};
    socklen_t length = 0;
    if (address.find(':') == std::string::npos) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&target);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        ::inet_pton(AF_INET, address.c_str(), &v4->sin_addr);
        length = sizeof *v4;
    } else {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&target);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        ::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr);
        length = sizeof *v6;
    }
    const auto* plain = reinterpret_cast<const sockaddr*>(&target);
    from_ = udp_socket_on(from, target.ss_family);
    to_ = udp_socket_on(to, target.ss_family);
    if (::bind(to_, plain, length) != 0 || ::connect(from_, plain, length) != 0) {
        throw std::runtime_error("cannot bind " + address);
    }
}

Traffic::~Traffic() {
    ::close(from_);
    ::close(to_);
}

bool Traffic::take(Duration patience) {
    pollfd waiting{to_, POLLIN, 0};
    const auto s = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const timespec limit{s.count(), (patience - s).count()};
    if (::ppoll(&waiting, 1, &limit, nullptr) != 1) return false;
    while (const auto arrival = receive(to_)) arrivals_.push_back(*arrival);
    return true;
}

void Traffic::send(std::uint32_t count, std::size_t size, Duration every) {
    std::vector<char> packet(size);
    auto due = now();
    for (std::uint32_t i = 0; i < count; ++i, due += every) {
        while (now() < due) take(std::max(due - now(), Duration{}));
        const Duration at = now();
        std::memcpy(packet.data(), &sent_, 4);
        std::memcpy(packet.data() + 4, &at, 8);
        ++sent_;
        (void)!::send(from_, packet.data(), packet.size(), 0);
    }
}

void Traffic::send_super(std::uint32_t count, Duration every) {
    constexpr int size = 400, parts = 10;
    const int segment = size;
    ::setsockopt(from_, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment);
    std::vector<char> packet(size * parts);
    auto due = now();
    for (std::uint32_t i = 0; i < count; ++i, due += every) {
        while (now() < due) take(std::max(due - now(), Duration{}));
        const Duration at = now();
        for (std::size_t part = 0; part < parts; ++part) {
            std::memcpy(packet.data() + part * size, &sent_, 4);
            std::memcpy(packet.data() + part * size + 4, &at, 8);
        }
        ++sent_;
        (void)!::send(from_, packet.data(), packet.size(), 0);
    }
}

void Traffic::settle(Duration quiet) {
    while (take(quiet)) {
    }
}

bool Traffic::passes(Duration patience) {
    const auto number = sent_;
    send(1, 64, Duration{});
    const auto deadline = now() + patience;
    const auto arrived = [&] {
        return std::any_of(arrivals_.rbegin(), arrivals_.rend(), [&](const Arrival& each) {
            return each.number == number && each.took() <= patience;
        });
    };
    while (!arrived() && now() < deadline) take(deadline - now());
    // What came in time counts though we look late: machines stand still at times.
    if (!arrived()) take(Duration{});
    return arrived();
}

Duration Traffic::passes_after(Duration patience) {
    const auto begin = now();
    while (now() < begin + patience) {
        if (passes(std::chrono::milliseconds(2))) return now() - begin;
    }
    return Duration::max();
}

Duration median_took(const std::vector<Arrival>& arrivals) {
    if (arrivals.empty()) return Duration::max();
    std::vector<Duration> all;
    for (const auto& each : arrivals) all.push_back(each.took());
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    return *middle;
}

}  // namespace gameday::testing
