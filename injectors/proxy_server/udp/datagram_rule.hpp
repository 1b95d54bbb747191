// What becomes of each datagram of one direction of one session. Pure: every draw is a function of
// a seed, the session and the datagram's number, so that runs repeat, and one fault's draws do not
// depend on the others there are.
#pragma once

#include "harness/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gameday::proxy_server::udp {

// So many datagrams of a million, drawn from a seed.
struct Share {
    std::int64_t ppm = 0;
    std::uint64_t seed = 0;
    bool operator==(const Share&) const = default;
};

struct Lateness {
    Duration delay{}, jitter{};  // uniform, delay ± jitter
    std::uint64_t seed = 0;
    bool operator==(const Lateness&) const = default;
};

struct Overtaking {
    Share share;
    std::int64_t gap = 1;  // how many later datagrams pass the one drawn
    bool operator==(const Overtaking&) const = default;
};

struct DatagramRule {
    std::vector<Lateness> late{};  // they add up
    std::int64_t rate = 0;         // bytes per second of the session, 0 = no limit
    bool stall = false;            // nothing leaves
    std::vector<Share> lost{}, twice{};
    std::vector<Overtaking> overtaken{};

    [[nodiscard]] bool plain() const { return *this == DatagramRule{}; }
    bool operator==(const DatagramRule&) const = default;
};

// A datagram: `stream` tells the directions of all sessions apart, `number` counts its datagrams.
struct DatagramId {
    std::uint64_t stream = 0, number = 0;
};

struct Fate {
    int copies = 1;        // 0: lost
    Duration delay{};      // never negative
    std::int64_t gap = 0;  // how many later ones pass it
    bool operator==(const Fate&) const = default;
};
Fate fate(const DatagramRule& rule, const DatagramId& datagram);

// When a datagram leaves that is due then, the ones before it having been carried at `free_at`.
Instant leaves_at(const DatagramRule& rule, Instant due, Instant free_at, std::size_t bytes);

// How many bytes may wait; what comes when there are more is lost, as in a router's queue.
std::size_t waiting_max(const DatagramRule& rule);

}  // namespace gameday::proxy_server::udp
