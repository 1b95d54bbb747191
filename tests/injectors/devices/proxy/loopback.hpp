// Plain blocking sockets with time limits, for tests of the proxy: what a client and a server of
// the proxied link see. Every wait ends after at most `patience`.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/topology.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gameday::testing {

using namespace std::chrono_literals;

constexpr Duration patience = 10s;  // generous: the machine may be busy

// How a stream ended, or that it has not.
enum class End { open, fin, reset };

class Peer {
 public:
    explicit Peer(int fd = -1) : fd_(fd) {}
    Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Peer& operator=(Peer&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Peer() { close(); }

    [[nodiscard]] bool open() const { return fd_ >= 0; }
    [[nodiscard]] int fd() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    void reset() {
        const linger now{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close();
    }
    void finish() const { ::shutdown(fd_, SHUT_WR); }

    // All of it, or fewer when the other side takes no more within the time.
    [[nodiscard]] std::size_t send(std::string_view text, Duration limit = patience) const {
        const auto end = std::chrono::steady_clock::now() + limit;
        std::size_t done = 0;
        while (done < text.size() && wait(POLLOUT, end)) {
            const auto sent =
                ::send(fd_, text.data() + done, text.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) break;
            if (sent > 0) done += static_cast<std::size_t>(sent);
        }
        return done;
    }
    // Up to `count` bytes: fewer at the end of the stream or of the time.
    [[nodiscard]] std::string receive(std::size_t count, Duration limit = patience) const {
        const auto end = std::chrono::steady_clock::now() + limit;
        std::string text(count, '\0');
        std::size_t done = 0;
        while (done < count && wait(POLLIN, end)) {
            const auto got = ::recv(fd_, text.data() + done, count - done, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) break;
            if (got > 0) done += static_cast<std::size_t>(got);
        }
        text.resize(done);
        return text;
    }
    // How the stream ends; bytes that come before the end are lost, and mean open.
    [[nodiscard]] End end(Duration limit = patience) const {
        if (!wait(POLLIN, std::chrono::steady_clock::now() + limit)) return End::open;
        char byte = 0;
        const auto got = ::recv(fd_, &byte, 1, MSG_DONTWAIT);
        if (got == 0) return End::fin;
        return got < 0 && errno == ECONNRESET ? End::reset : End::open;
    }

 private:
    [[nodiscard]] bool wait(short events, std::chrono::steady_clock::time_point end) const {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd what{fd_, events, 0};
        return left.count() >= 0 && ::poll(&what, 1, static_cast<int>(left.count()) + 1) > 0;
    }
    int fd_;
};

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

// A server's listening socket on a port chosen by the kernel.
class Listener {
 public:
    explicit Listener(std::uint16_t port = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto address = loopback(port);
        socklen_t size = sizeof(address);
        REQUIRE(::bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(socket_.fd(), 4096) == 0);
        ::getsockname(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] int fd() const { return socket_.fd(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    // The next connection, or one that is not open when none comes within the time.
    [[nodiscard]] Peer accept(Duration limit = patience) const {
        pollfd what{socket_.fd(), POLLIN, 0};
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
        if (::poll(&what, 1, static_cast<int>(ms)) <= 0) return Peer();
        Peer peer(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        const int on = 1;
        ::setsockopt(peer.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return peer;
    }
    void close() { socket_.close(); }

 private:
    Peer socket_;
    std::uint16_t port_ = 0;
};

// A connection to a loopback port; not open, with errno, when it is refused.
inline Peer dial(std::uint16_t port) {
    Peer peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(port);
    if (::connect(peer.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        const int why = errno;
        peer.close();
        errno = why;
        return peer;
    }
    const int on = 1;
    ::setsockopt(peer.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return peer;
}

// A port where nobody listens, and which nobody is given meanwhile: below those that the kernel
// gives (32768 and above), from a part that depends on the process.
inline std::uint16_t free_port() {
    constexpr unsigned first = 10'000, count = 20'000;
    static std::atomic<unsigned> next = static_cast<unsigned>(::getpid()) * 101;
    for (unsigned tries = 0; tries < count; ++tries) {
        const auto port = static_cast<std::uint16_t>(first + next++ % count);
        const Peer probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = loopback(port);
        if (::bind(probe.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            return port;
        }
    }
    FAIL("no port is free");
    return 0;
}

}  // namespace gameday::testing
