#include "harness/model/time_scale.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gameday {

std::string scale_warning(const Scenario& scenario) {
    if (scenario.time_scale == 1 || scenario.unscaled.empty()) return {};
    return fmt::format(
        "declared times are multiplied by {:.6g}, but these are not, since the file leaves them to "
        "their defaults: {}",
        scenario.time_scale, fmt::join(scenario.unscaled, "; "));
}

}  // namespace gameday
