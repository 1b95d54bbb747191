// The rule of the level: how many operations a window needs, and how many of them may be bad.
#pragma once

#include "harness/model/scenario.hpp"

#include <cstddef>

namespace gameday {

struct LevelRule {
    double success = 0.99;
    Duration hold = std::chrono::seconds(1);

    // N = ⌈1/(1 − success)⌉: with fewer the share could not be told; 1 where all must be good.
    [[nodiscard]] std::size_t window_min() const;
    // ⌊(1 − success) × due⌋: how many of so many may be bad.
    [[nodiscard]] std::size_t forgiven(std::size_t due) const;
};

LevelRule level_rule(const MinimumLevel& minimum);

}  // namespace gameday
