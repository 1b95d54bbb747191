// Sockets that never block, and an epoll: what the traffic is made of.
#pragma once

#include "tests/stress/pattern.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gameday::stress {

struct Address {
    std::string host;  // numeric IPv4
    std::uint16_t port = 0;
};

class Descriptor {
 public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() { close(); }
    void close();
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
    int fd_;
};

// Servers on 127.0.0.1, each with a port of its own.
struct Listeners {
    explicit Listeners(std::size_t count);
    std::vector<Descriptor> sockets;
    std::vector<Address> addresses;
};

// Begins to connect; not open when it is refused at once.
Descriptor connect_to(const Address& address);
Descriptor accept_from(int listener);
Descriptor make_poller();
void watch(const Descriptor& poller, int fd);
void unwatch(const Descriptor& poller, int fd);
// Descriptors that something happened to; waits at most so long.
std::size_t wait(const Descriptor& poller, std::vector<int>& ready, int timeout_ms);

// Raises the soft limit of descriptors to the hard one, and returns it.
std::size_t raise_descriptor_limit();
std::size_t open_descriptors();
// What is resident of this process, after the allocator has given back what it can.
std::size_t resident_bytes();

}  // namespace gameday::stress
