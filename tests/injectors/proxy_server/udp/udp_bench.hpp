// Plain UDP sockets with time limits, for tests of the relay of datagrams.
#pragma once

#include "tests/injectors/devices/proxy/loopback.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::testing {

// A socket on a loopback port chosen by the kernel; connected, when a port is given.
class UdpPeer {
 public:
    explicit UdpPeer(std::uint16_t to = 0)
        : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        auto address = loopback(0);
        socklen_t size = sizeof(address);
        REQUIRE(::bind(socket_.fd(), reinterpret_cast<sockaddr*>(&address), size) == 0);
        ::getsockname(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        const auto target = loopback(to);
        if (to == 0) return;
        REQUIRE(::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&target),
                          sizeof(target)) == 0);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int fd() const { return socket_.fd(); }
    void close() { socket_.close(); }

    // False, with errno, when it cannot be sent.
    bool send(std::string_view text) const {
        return ::send(socket_.fd(), text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }
    bool answer(std::string_view text, std::uint16_t to) const {
        const auto target = loopback(to);
        return ::sendto(socket_.fd(), text.data(), text.size(), 0,
                        reinterpret_cast<const sockaddr*>(&target),
                        sizeof(target)) == static_cast<ssize_t>(text.size());
    }
    // The next datagram; nothing, with errno, when none comes in time or the port is unreachable.
    std::optional<std::string> receive(Duration limit = patience) {
        pollfd what{socket_.fd(), POLLIN, 0};
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
        errno = EAGAIN;
        if (::poll(&what, 1, static_cast<int>(ms)) <= 0) return std::nullopt;
        std::string text(65536, '\0');
        sockaddr_in from{};
        socklen_t size = sizeof(from);
        const auto got = ::recvfrom(socket_.fd(), text.data(), text.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &size);
        if (got < 0) return std::nullopt;
        text.resize(static_cast<std::size_t>(got));
        last_ = ntohs(from.sin_port);
        return text;
    }
    [[nodiscard]] std::uint16_t last() const { return last_; }  // port that sent what was received
    // All that come until none has for a while.
    std::vector<std::string> receive_all(Duration quiet_for) {
        std::vector<std::string> all;
        while (auto text = receive(quiet_for)) all.push_back(std::move(*text));
        return all;
    }

 private:
    Peer socket_;
    std::uint16_t port_ = 0, last_ = 0;
};

}  // namespace gameday::testing
