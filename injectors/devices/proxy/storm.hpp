// Storm: which live connections get RST, and when. Pure.
#pragma once

#include "harness/base/time.hpp"

#include <cstdint>
#include <vector>

namespace gameday::devices::proxy {

struct Storm {
    std::int64_t count = 0;       // so many of the connections; 0 = all
    std::int64_t rate_per_s = 0;  // evenly, so many a second; 0 = at once
    bool operator==(const Storm&) const = default;
};

struct Strike {
    std::uint64_t connection = 0;
    Duration after{};
    bool operator==(const Strike&) const = default;
};

// The connections in the order in which they are struck: that of the seed, whatever the order in
// which they are given.
std::vector<Strike> strikes(const Storm& storm, std::vector<std::uint64_t> live,
                            std::uint64_t seed);

}  // namespace gameday::devices::proxy
