#include "examples/regions/lease.hpp"

#include "harness/base/ensure.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace gameday::regions {

Instant lease_end(std::span<const Instant> echoed, Duration lease) {
    std::vector<Instant> newest(echoed.begin(), echoed.end());
    std::ranges::sort(newest, std::greater<>());
    const std::size_t others = majority(newest.size() + 1) - 1;
    GAMEDAY_ENSURE(others >= 1 && others <= newest.size());
    return newest[others - 1] + lease;
}

Index held_by(std::span<const Index> held, std::size_t count) {
    GAMEDAY_ENSURE(count >= 1 && count <= held.size());
    std::vector<Index> highest(held.begin(), held.end());
    std::ranges::sort(highest, std::greater<>());
    return highest[count - 1];
}

}  // namespace gameday::regions
