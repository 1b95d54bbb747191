// Numbered datagrams from one host to the other, with the time each one took.
#pragma once

#include "harness/base/time.hpp"
#include "tests/injectors/two_hosts.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gameday::test {

struct Arrived {
    std::uint32_t number = 0;
    Duration took{};  // from before it was sent until it was read
};

// From port `from` of near to port `to` of far.
class Datagrams {
 public:
    Datagrams(const TwoHosts& hosts, std::uint16_t from, std::uint16_t to, bool v6 = false);
    Datagrams(const Datagrams&) = delete;
    Datagrams& operator=(const Datagrams&) = delete;
    ~Datagrams();

    void send(std::uint32_t number, std::size_t bytes = 40) const;
    // Those that come until `count` are there, or none comes for `patience`.
    [[nodiscard]] std::vector<Arrived> receive(std::size_t count, Duration patience) const;
    // Sends numbers 0 to count - 1, one every `apart`, and receives meanwhile.
    [[nodiscard]] std::vector<Arrived> exchange(std::uint32_t count, Duration apart,
                                                Duration patience) const;
    // The same until so many have come; without one for 5 s it has failed.
    [[nodiscard]] std::vector<Arrived> exchange_all(std::uint32_t count, Duration apart,
                                                    std::size_t expected) const;
    [[nodiscard]] std::vector<Arrived> exchange_all(std::uint32_t count, Duration apart) const {
        return exchange_all(count, apart, count);
    }

 private:
    void send_all(std::uint32_t count, Duration apart) const;
    int near_ = -1, far_ = -1;
};

std::vector<std::uint32_t> numbers_of(const std::vector<Arrived>& arrived);
// Milliseconds that a share of them took at most; 0.5 is the median.
double quantile_ms(std::vector<Arrived> arrived, double share);

}  // namespace gameday::test
