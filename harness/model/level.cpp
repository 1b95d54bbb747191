#include "harness/model/level.hpp"

#include <cmath>

namespace gameday {

namespace {

// Shares such as 0.99 are not exact in binary.
constexpr double tiny = 1e-9;

}  // namespace

std::size_t LevelRule::window_min() const {
    if (success >= 1) return 1;
    return static_cast<std::size_t>(std::ceil(1 / (1 - success) - tiny));
}

std::size_t LevelRule::forgiven(std::size_t due) const {
    return static_cast<std::size_t>((1 - success) * static_cast<double>(due) + tiny);
}

LevelRule level_rule(const MinimumLevel& minimum) { return {minimum.success, minimum.hold}; }

}  // namespace gameday
