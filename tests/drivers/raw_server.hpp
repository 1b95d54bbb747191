// RawServer: a server whose every byte is written by the test. Each connection is served by a
// function on a thread of its own, with blocking calls.
#pragma once

#include "harness/model/topology.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gameday::test {

class RawConnection {
 public:
    RawConnection(int socket, int number) : number(number), socket_(socket) {}

    // The next request, its body included; "" when the client has ended the connection.
    std::string read_request();
    // So many bytes; "" when the client has ended the connection before.
    std::string read_bytes(std::size_t count);
    // What comes next, as it comes; "" when the client has ended the connection.
    std::string read_some() const;
    void send(std::string_view bytes) const;
    void finish() const;  // FIN; what still comes is answered with RST by the kernel
    void reset() const;   // RST, now

    const int number;  // the so-manieth connection of its server, from 0

 private:
    int socket_;
    std::string held_;
};

class RawServer {
 public:
    using Serve = std::function<void(RawConnection&)>;

    // `port` 0: any that is free.
    explicit RawServer(Serve serve, const std::string& address = "127.0.0.1",
                       std::uint16_t port = 0);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] int accepted() const { return accepted_; }
    // Until it has served so many connections to their end, and the client's side knows.
    void wait_for_ended(int connections) const;

 private:
    void accept_all();

    Serve serve_;
    Endpoint endpoint_;
    int listener_ = -1;
    std::atomic<int> accepted_{0}, ended_{0};
    std::mutex mutex_;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with that body and its length.
std::string answer(std::string_view body, int status = 200, std::string_view headers = "");

}  // namespace gameday::test
