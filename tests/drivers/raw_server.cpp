#include "tests/drivers/raw_server.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace gameday::test {

std::string RawConnection::read_request() {
    for (;;) {
        const auto end = held_.find("\r\n\r\n");
        if (end != std::string::npos) {
            std::size_t length = 0;
            if (const auto at = held_.find("Content-Length: "); at < end) {
                length = std::stoul(held_.substr(at + 16));
            }
            if (held_.size() >= end + 4 + length) {
                std::string request = held_.substr(0, end + 4 + length);
                held_.erase(0, end + 4 + length);
                return request;
            }
        }
        const std::string some = read_some();
        if (some.empty()) return {};
        held_ += some;
    }
}

std::string RawConnection::read_bytes(std::size_t count) {
    while (held_.size() < count) {
        const std::string some = read_some();
        if (some.empty()) return {};
        held_ += some;
    }
    std::string bytes = held_.substr(0, count);
    held_.erase(0, count);
    return bytes;
}

std::string RawConnection::read_some() const {
    std::array<char, 4096> some{};
    const ssize_t size = ::recv(socket_, some.data(), some.size(), 0);
    return size <= 0 ? std::string() : std::string(some.data(), static_cast<std::size_t>(size));
}

void RawConnection::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

void RawConnection::finish() const { ::shutdown(socket_, SHUT_WR); }

// A connection to nowhere takes the other side's away, and the descriptor stays ours.
void RawConnection::reset() const {
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;
    ::connect(socket_, &nowhere, sizeof nowhere);
}

RawServer::RawServer(Serve serve, const std::string& address, std::uint16_t port)
    : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(port);
    GAMEDAY_ENSURE(::inet_pton(AF_INET, address.c_str(), &here.sin_addr) == 1);
    socklen_t size = sizeof here;
    auto* const generic = reinterpret_cast<sockaddr*>(&here);
    GAMEDAY_ENSURE(::bind(listener_, generic, size) == 0 && ::listen(listener_, 64) == 0);
    GAMEDAY_ENSURE(::getsockname(listener_, generic, &size) == 0);
    endpoint_ = {address, ntohs(here.sin_port)};
    acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
}

void RawServer::accept_all() {
    const int yes = 1;
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        // What a test sends leaves at once, whether what it sent before is acknowledged or not.
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        const std::lock_guard lock(mutex_);
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket, number = accepted_++] {
            RawConnection connection(socket, number);
            serve_(connection);
            ::shutdown(socket, SHUT_RDWR);
            ++ended_;
            ended_.notify_all();
        });
    }
}

void RawServer::wait_for_ended(int connections) const {
    for (int seen = ended_; seen < connections; seen = ended_) ended_.wait(seen);
}

std::string answer(std::string_view body, int status, std::string_view headers) {
    return fmt::format("HTTP/1.1 {} Status\r\n{}Content-Length: {}\r\n\r\n{}", status, headers,
                       body.size(), body);
}

}  // namespace gameday::test
