#include "injectors/devices/proxy/storm.hpp"

#include "harness/base/random.hpp"

#include <algorithm>

namespace gameday::devices::proxy {

std::vector<Strike> strikes(const Storm& storm, std::vector<std::uint64_t> live,
                            std::uint64_t seed) {
    const auto place = [seed](std::uint64_t each) { return mix64(seed ^ mix64(each + 1)); };
    std::ranges::sort(live, {}, place);
    if (storm.count > 0 && static_cast<std::uint64_t>(storm.count) < live.size()) {
        live.resize(static_cast<std::size_t>(storm.count));
    }
    std::vector<Strike> result;
    result.reserve(live.size());
    const double second = 1e9;
    for (const std::uint64_t each : live) {
        const double late = storm.rate_per_s > 0 ? second * static_cast<double>(result.size()) /
                                                       static_cast<double>(storm.rate_per_s)
                                                 : 0;
        result.push_back({each, Duration(static_cast<std::int64_t>(late))});
    }
    return result;
}

}  // namespace gameday::devices::proxy
