#include "harness/probes/replication_lag/marker_lag.hpp"

#include <algorithm>

namespace gameday::probes {

std::optional<Interval<Duration>> marker_lag(std::span<const Marker> markers, std::uint64_t found,
                                             const Interval<Instant>& asked, Duration interval) {
    const auto has = std::find_if(markers.begin(), markers.end(),
                                  [&](const Marker& each) { return each.value == found; });
    const auto newer = has == markers.end() ? markers.begin() : has + 1;
    const auto missing = std::find_if(newer, markers.end(), [&](const Marker& each) {
        return each.acked && each.written.high < asked.low;
    });
    const auto first_acked =
        std::find_if(markers.begin(), markers.end(), [](const Marker& each) { return each.acked; });
    if (first_acked == markers.end()) return std::nullopt;
    const Marker& oldest = has == markers.end() ? *first_acked : *has;
    const Duration high = std::max(Duration::zero(), asked.high - oldest.written.low);
    if (missing != markers.end()) {
        return Interval<Duration>{std::min(asked.low - missing->written.high, high), high};
    }
    if (high > 3 * interval) return std::nullopt;
    return Interval<Duration>{Duration::zero(), high};
}

}  // namespace gameday::probes
