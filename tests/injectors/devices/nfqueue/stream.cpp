#include "tests/injectors/devices/nfqueue/stream.hpp"

#include "injectors/kernel/host/host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>

namespace gameday::test {

namespace {

// A TCP socket of that host, on which nothing waits longer than a minute.
int socket_of(const std::string& host) {
    int made = -1;
    const auto where = kernel::Namespace::open(*kernel::parse_host(host));
    const auto opened = where->inside([&]() -> Result<void> {
        made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (made >= 0) return {};
        return Error{ErrorCode::failed, std::strerror(errno)};
    });
    if (!opened) throw std::runtime_error("no socket: " + opened.error().message);
    const timeval minute{60, 0};
    ::setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
    ::setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof minute);
    return made;
}

void require(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

Stream::Stream(const TwoHosts& hosts, std::uint16_t port)
    : near_(socket_of(hosts.near())), far_(socket_of(hosts.far())) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, "10.99.0.2", &to.sin_addr);
    const auto* address = reinterpret_cast<const sockaddr*>(&to);
    const int listener = far_;
    require(::bind(listener, address, sizeof to) == 0, "bind");
    require(::listen(listener, 1) == 0, "listen");
    require(::connect(near_, address, sizeof to) == 0, "connect");
    far_ = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ::close(listener);
    require(far_ >= 0, "accept");
}

Stream::~Stream() {
    ::close(near_);
    ::close(far_);
}

void Stream::write_near(const std::string& bytes) const {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const auto more = ::send(near_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        require(more > 0, "send");
        sent += static_cast<std::size_t>(more);
    }
    ::shutdown(near_, SHUT_WR);
}

std::string Stream::read_far() const {
    std::string bytes;
    std::array<char, 1 << 16> part{};
    for (;;) {
        const auto more = ::recv(far_, part.data(), part.size(), 0);
        // What has come is looked at by the test, whatever kept the rest back.
        if (more <= 0) return bytes;
        bytes.append(part.data(), static_cast<std::size_t>(more));
    }
}

std::string random_bytes(std::size_t count) {
    std::mt19937 draw(1);
    std::string bytes(count, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(draw());
    return bytes;
}

}  // namespace gameday::test
