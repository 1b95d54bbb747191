#include "tests/stress/sockets.hpp"

#include "harness/base/ensure.hpp"

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace gameday::stress {
namespace {

sockaddr_in native(const Address& address) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    ::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
    return to;
}

int make_socket() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    GAMEDAY_ENSURE(fd >= 0);
    return fd;
}

}  // namespace

void Descriptor::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Listeners::Listeners(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        Descriptor socket(make_socket());
        auto at = native({"127.0.0.1", 0});
        GAMEDAY_ENSURE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
        GAMEDAY_ENSURE(::listen(socket.get(), 4096) == 0);
        socklen_t size = sizeof(at);
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size);
        addresses.push_back({"127.0.0.1", ntohs(at.sin_port)});
        sockets.push_back(std::move(socket));
    }
}

Descriptor connect_to(const Address& address) {
    Descriptor socket(make_socket());
    const auto to = native(address);
    const int one = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0 &&
        errno != EINPROGRESS) {
        return Descriptor();
    }
    return socket;
}

Descriptor accept_from(int listener) {
    return Descriptor(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

Descriptor make_poller() { return Descriptor(::epoll_create1(EPOLL_CLOEXEC)); }

void watch(const Descriptor& poller, int fd) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = fd;
    GAMEDAY_ENSURE(::epoll_ctl(poller.get(), EPOLL_CTL_ADD, fd, &event) == 0);
}

void unwatch(const Descriptor& poller, int fd) {
    ::epoll_ctl(poller.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::size_t wait(const Descriptor& poller, std::vector<int>& ready, int timeout_ms) {
    std::array<epoll_event, 512> events{};
    const int count =
        ::epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    ready.clear();
    for (int i = 0; i < count; ++i) ready.push_back(events.at(static_cast<std::size_t>(i)).data.fd);
    return ready.size();
}

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

std::size_t resident_bytes() {
    ::malloc_trim(0);
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace gameday::stress
