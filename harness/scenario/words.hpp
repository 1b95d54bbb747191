// What messages are made of, and the times that stand as texts in a tree.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/value.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace gameday::scenario {

// "<field>: message" in two; the field is empty when the line does not begin with one.
std::pair<std::string, std::string> split_field(std::string_view line);

// The value as a message quotes it: JSON text, cut when long.
std::string seen(const Value& value);

// Multiplies each text in the tree that reads as a duration; for parameters whose owner alone knows
// which of them are times.
void scale_durations(Value& value, double factor);
Duration scaled(Duration duration, double factor);

}  // namespace gameday::scenario
