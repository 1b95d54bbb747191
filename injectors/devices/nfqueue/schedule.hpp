// Schedule: which packets are held, and when each one leaves. Pure: it is told the time.
//
// Packets leave in the order of their due times, those due together in the order they came. As with
// netem, packets with jitter may overtake one another; with a rate they never do.
#pragma once

#include "harness/base/time.hpp"
#include "injectors/devices/nfqueue/fate.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gameday::devices::nfqueue {

using Bytes = std::vector<std::uint8_t>;

// What is to be done with a packet, by the number that the kernel gave it.
struct Departure {
    enum class What : std::uint8_t { pass, drop, resend };  // resend: a copy, by ourselves
    Duration due{};
    std::uint64_t order = 0;  // of arrival
    std::uint32_t number = 0;
    What what = What::pass;
    Bytes bytes;  // of a copy; of a packet that passes changed, else empty
    kernel::Side side = kernel::Side::egress;
    std::uint32_t device = 0;  // index of that by which it leaves
};

struct Arrival {
    std::uint32_t number = 0;
    std::uint32_t device = 0;
    Packet packet;
    std::span<const std::uint8_t> bytes;  // the whole packet where copies or corruption are asked
};

struct Counts {
    std::int64_t seen = 0, lost = 0, delayed = 0, duplicated = 0, corrupted = 0, reordered = 0;
    std::int64_t beyond_limit = 0;  // lost because as many were held as the limit allows
    std::int64_t impaired = 0;      // all to which something happened, each once
    bool operator==(const Counts&) const = default;
};

class Schedule {
 public:
    // Keeps a copy of the impairment.
    Schedule(kernel::Impairment impairment, std::uint64_t seed);
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;

    void arrive(const Arrival& arrival, Duration now);
    [[nodiscard]] std::optional<Duration> next_due() const;
    // The next departure that is due by then.
    std::optional<Departure> depart(Duration now);
    // Everything held, as it came: for the end, when nothing waits any more.
    std::vector<Departure> empty();

    [[nodiscard]] std::size_t held() const { return held_.size(); }
    [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
    Duration due(const Fate& fate, Duration delay, std::size_t length, Duration now);
    void hold(Departure departure);

    kernel::Impairment impairment_;
    FateBook book_;
    std::vector<Departure> held_;  // a heap, the next to leave in front
    Duration line_free_{};         // of a rate: when the last packet has left
    std::uint64_t arrivals_ = 0;
    Counts counts_;
};

// Whether whole packets are needed, not only their heads.
bool needs_whole_packets(const kernel::Impairment& impairment);

// How long the line of a rate takes for a packet of so many bytes of IP. As with netem, the header
// of Ethernet (14 bytes) counts, and cells are filled up.
Duration time_on_line(const kernel::Impairment& impairment, std::size_t length);

// The packet with one bit flipped behind its IP header (in it when there is nothing behind). The
// checksums stay: the receiver's kernel sees that they are wrong.
Bytes corrupted(std::span<const std::uint8_t> bytes, std::size_t payload, std::uint64_t seed);

}  // namespace gameday::devices::nfqueue
