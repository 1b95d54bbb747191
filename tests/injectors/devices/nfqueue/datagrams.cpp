#include "tests/injectors/devices/nfqueue/datagrams.hpp"

#include "injectors/kernel/host/host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace gameday::test {

namespace {

struct Stamp {
    std::uint32_t number = 0;
    std::int64_t sent_ns = 0;
};

std::int64_t now_ns() {
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

struct Address {
    sockaddr_storage bytes{};
    socklen_t length = 0;
};

Address address(bool v6, int host, std::uint16_t port) {
    Address result;
    if (v6) {
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(port);
        ::inet_pton(AF_INET6, host == 1 ? "fd99::1" : "fd99::2", &to.sin6_addr);
        std::memcpy(&result.bytes, &to, result.length = sizeof to);
    } else {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        ::inet_pton(AF_INET, host == 1 ? "10.99.0.1" : "10.99.0.2", &to.sin_addr);
        std::memcpy(&result.bytes, &to, result.length = sizeof to);
    }
    return result;
}

int bound_socket(const std::string& host, bool v6, const Address& own) {
    int made = -1;
    const auto parsed = kernel::parse_host(host);
    const auto where = kernel::Namespace::open(*parsed);
    const auto opened = where->inside([&]() -> Result<void> {
        made = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const int large = 8 << 20;
        ::setsockopt(made, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large);
        ::setsockopt(made, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large);
        if (::bind(made, reinterpret_cast<const sockaddr*>(&own.bytes), own.length) == 0) return {};
        return Error{ErrorCode::failed, std::strerror(errno)};
    });
    if (!opened) throw std::runtime_error("no socket: " + opened.error().message);
    return made;
}

}  // namespace

Datagrams::Datagrams(const TwoHosts& hosts, std::uint16_t from, std::uint16_t to, bool v6) {
    const Address near = address(v6, 1, from);
    const Address far = address(v6, 2, to);
    near_ = bound_socket(hosts.near(), v6, near);
    far_ = bound_socket(hosts.far(), v6, far);
    if (::connect(near_, reinterpret_cast<const sockaddr*>(&far.bytes), far.length) != 0) {
        throw std::runtime_error("no way to the other host");
    }
}

Datagrams::~Datagrams() {
    ::close(near_);
    ::close(far_);
}

void Datagrams::send(std::uint32_t number, std::size_t bytes) const {
    std::vector<std::uint8_t> text(std::max(bytes, sizeof(Stamp)), 0x33);
    Stamp stamp;
    stamp.number = number;
    stamp.sent_ns = now_ns();
    std::memcpy(text.data(), &stamp, sizeof stamp);
    if (::send(near_, text.data(), text.size(), 0) < 0) throw std::runtime_error("cannot send");
}

std::vector<Arrived> Datagrams::receive(std::size_t count, Duration patience) const {
    std::vector<Arrived> arrived;
    std::array<std::uint8_t, 1 << 16> text{};
    pollfd ready{far_, POLLIN, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    while (arrived.size() < count && ::poll(&ready, 1, static_cast<int>(ms)) > 0) {
        const auto size = ::recv(far_, text.data(), text.size(), 0);
        const std::int64_t now = now_ns();
        if (size < static_cast<ssize_t>(sizeof(Stamp))) continue;
        Stamp stamp;
        std::memcpy(&stamp, text.data(), sizeof stamp);
        arrived.push_back({stamp.number, Duration(now - stamp.sent_ns)});
    }
    return arrived;
}

void Datagrams::send_all(std::uint32_t count, Duration apart) const {
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    auto next = std::chrono::steady_clock::now();
    for (std::uint32_t i = 0; i < count; ++i) {
        send(i);
        std::this_thread::sleep_until(next += apart);
    }
}

std::vector<Arrived> Datagrams::exchange_all(std::uint32_t count, Duration apart,
                                             std::size_t expected) const {
    std::thread sender([&] { send_all(count, apart); });
    auto arrived = receive(expected, std::chrono::seconds(5));
    sender.join();
    return arrived;
}

std::vector<Arrived> Datagrams::exchange(std::uint32_t count, Duration apart,
                                         Duration patience) const {
    std::thread sender([&] { send_all(count, apart); });
    auto arrived = receive(std::size_t{count} * 2, patience);
    sender.join();
    return arrived;
}

std::vector<std::uint32_t> numbers_of(const std::vector<Arrived>& arrived) {
    std::vector<std::uint32_t> numbers;
    for (const auto& each : arrived) numbers.push_back(each.number);
    return numbers;
}

double quantile_ms(std::vector<Arrived> arrived, double share) {
    if (arrived.empty()) return -1;
    std::ranges::sort(arrived, {}, &Arrived::took);
    const auto last = static_cast<double>(arrived.size() - 1);
    return seconds(arrived[static_cast<std::size_t>(last * share)].took) * 1e3;
}

}  // namespace gameday::test
