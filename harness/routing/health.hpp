// HealthState: what a row of check results makes of a node. Pure.
#pragma once

#include <cstdint>

namespace gameday::routing {

// In until `threshold` failed checks in a row, out until `recovery` good ones. A threshold of n
// with checks every i means that a dead node keeps its traffic for up to n·i plus the timeout of a
// check.
struct HealthState {
    bool healthy = true;
    std::int64_t against = 0;  // results in a row that contradict `healthy`
    bool operator==(const HealthState&) const = default;
};

// The state after one more result. Limits below 1 count as 1.
HealthState after_check(HealthState state, bool good, std::int64_t threshold,
                        std::int64_t recovery);

}  // namespace gameday::routing
