// UDP packets from one host to another, each with its number and the time it was sent.
#pragma once

#include "harness/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gameday::testing {

struct Arrival {
    std::uint32_t number = 0;
    Duration sent{}, arrived{};  // by the clock of the system; the kernel stamps arrivals
    [[nodiscard]] Duration took() const { return arrived - sent; }
};

// A socket of UDP on a host ("pid:N"), with room for bursts, whose arrivals the kernel stamps.
int udp_socket_on(const std::string& host, int family);

// A socket on each side. The receiving one holds what arrives meanwhile (8 MiB).
class Traffic {
 public:
    // From `from` ("pid:N") to a port of `to` at `address`, IPv4 or IPv6.
    Traffic(const std::string& from, const std::string& to, const std::string& address,
            std::uint16_t port);
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;
    ~Traffic();

    // Sends `count` packets of `size` bytes of payload, one every `every`; takes in what arrives
    // meanwhile.
    void send(std::uint32_t count, std::size_t size, Duration every);
    // Sends `count` super-packets of ten packets each of 400 bytes, which the kernel takes apart as
    // late as it can. The ten have the same number.
    void send_super(std::uint32_t count, Duration every);
    // Takes in what arrives until nothing has for `quiet`.
    void settle(Duration quiet);
    [[nodiscard]] const std::vector<Arrival>& arrivals() const { return arrivals_; }
    [[nodiscard]] std::uint32_t sent() const { return sent_; }
    // Whether a packet sent now arrives within `patience`.
    bool passes(Duration patience);
    // The same of one of two packets: between its stamp and its sending one may be kept waiting by
    // a machine that is taken away, which what blocks the way does to both.
    bool is_back(Duration patience) { return passes(patience) || passes(patience); }
    // How long it takes until one packet of many, sent every 2 ms, arrives; Duration::max() when
    // none has within `patience`.
    Duration passes_after(Duration patience);

 private:
    bool take(Duration patience);

    int from_ = -1, to_ = -1;
    std::uint32_t sent_ = 0;
    std::vector<Arrival> arrivals_;
};

// The middle one of how long the packets took.
Duration median_took(const std::vector<Arrival>& arrivals);

}  // namespace gameday::testing
