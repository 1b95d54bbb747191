// The words of the scenario file for the enumerations of the model, in their order.
#pragma once

#include "harness/model/scenario.hpp"

#include <array>
#include <string_view>

namespace gameday::scenario {

inline constexpr std::array<std::string_view, 4> kind_names{"recovery", "sustained", "correctness",
                                                            "switchover"};
inline constexpr std::array<std::string_view, 3> arrival_names{"constant", "poisson", "ramp"};
inline constexpr std::array<std::string_view, 2> order_names{"clock", "causal"};
inline constexpr std::array<std::string_view, 4> ownership_names{"single_writer", "per_key",
                                                                 "last_write_wins", "multi_writer"};
inline constexpr std::array<std::string_view, 2> severity_names{"fail", "warn"};
inline constexpr std::array<std::string_view, 2> comparison_names{"<=", ">="};

}  // namespace gameday::scenario
