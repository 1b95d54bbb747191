// Pairs: connections through one proxy with one toxic, both ends ours, and the clock readings that
// a benchmark of accuracy wants of them.
#pragma once

#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/stress/sockets.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::bench {

using stress::Descriptor;

struct Faulted {
    std::string type;
    std::map<std::string, std::int64_t> attributes;
};

class Pairs {
 public:
    // So many connections, made while the toxic is there (downstream).
    Pairs(std::size_t count, const Faulted& toxic);

    void put(const Faulted& toxic);
    [[nodiscard]] int client(std::size_t i) const { return clients_.at(i).get(); }
    [[nodiscard]] int server(std::size_t i) const { return servers_.at(i).get(); }
    void reset_server(std::size_t i) { reset(servers_.at(i)); }
    void reset_client(std::size_t i) { reset(clients_.at(i)); }

    // So many stamps are sent, one after the other round the connections, and when they arrive.
    std::vector<double> one_way_ms(int stamps, std::chrono::microseconds between);
    // Every server sends so many bytes at once; until the last has come.
    std::vector<double> carrying_s(std::size_t bytes);
    // Every server sends so many bytes, which come in pieces: their mean gap on each connection.
    std::vector<double> gaps_ms(std::size_t bytes, std::size_t pieces);
    // From connect, or from when the server closes, until the client sees the end.
    std::vector<double> end_ms(bool server_closes);
    // How many of the bytes that are sent come before FIN.
    std::vector<double> bytes_of(std::size_t sent);

 private:
    using Clock = std::chrono::steady_clock;
    static void reset(Descriptor& end);
    void connect();
    struct Arrival {
        std::size_t connection, bytes;
        Clock::time_point at;
    };
    // Reads until everything has come, everybody has ended, or nothing came for 15 s.
    std::vector<Arrival> receive_all(std::size_t bytes_each);

    stress::Listeners listener_{1};
    std::unique_ptr<proxy_server::DataPlane> plane_;
    stress::Address address_;
    std::vector<Descriptor> clients_, servers_;
    std::vector<Clock::time_point> connected_;
};

std::string receive_s(int fd, std::size_t bytes);  // within 10 s
bool send_all(int fd, std::string_view text);
bool ends_with_reset(int fd);
void raise_limit();

// How late a thread wakes that does nothing but sleep 10 ms: the machine's own share.
std::vector<double> timer_lateness_ms();

// The machine's processor time since it was made.
class Idle {
 public:
    Idle();
    [[nodiscard]] double foreign_percent() const;  // of other processes

 private:
    double idle_s_ = 0, own_s_ = 0;
    std::chrono::steady_clock::time_point begin_;
};

}  // namespace gameday::bench
