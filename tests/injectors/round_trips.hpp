// How long packets between two hosts take to go there and back while something else happens, and
// while nothing does, in turns: a busy machine is as busy for the one as for the other.
#pragma once

#include "harness/base/time.hpp"
#include "tests/injectors/two_hosts.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace gameday::test {

struct RoundTrips {
    std::size_t sent = 0, lost = 0;  // packets there; each is sent back
    Duration lasted{};
    // The least of those of the rounds: a machine that is taken away for a moment spoils some of
    // them, a fault that hits others all.
    Duration p50{}, p99{};
    [[nodiscard]] double packets_per_s() const {
        return 2 * static_cast<double>(sent) / seconds(lasted);
    }
};

struct Beside {
    RoundTrips quiet, busy;
};

// In each of so many rounds does `work` while packets of UDP go back and forth between near and a
// port of far, one every `every`; and before that nothing, for as long as the work took last time.
Beside round_trips_beside(const TwoHosts& hosts, std::uint16_t port, int rounds, Duration every,
                          const std::function<void()>& work);

// A line with the figures, for people.
void print(const char* what, const Beside& seen);

}  // namespace gameday::test
