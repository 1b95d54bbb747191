#include "harness/routing/health.hpp"

#include <algorithm>

namespace gameday::routing {

HealthState after_check(HealthState state, bool good, std::int64_t threshold,
                        std::int64_t recovery) {
    if (good == state.healthy) return {state.healthy, 0};
    const auto limit = std::max<std::int64_t>(1, state.healthy ? threshold : recovery);
    if (state.against + 1 >= limit) return {good, 0};
    return {state.healthy, state.against + 1};
}

}  // namespace gameday::routing
