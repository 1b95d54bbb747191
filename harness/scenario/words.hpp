// What messages are made of, and the times that stand as texts in a tree.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/value.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gameday::scenario {

// "<field>: message" in two; the field is empty when the line does not begin with one.
std::pair<std::string, std::string> split_field(std::string_view line);

// `"us-eats" is no region of the system, did you mean "us-east"?`, or with the list of those known.
std::string not_known(std::string_view word, std::string_view what,
                      std::span<const std::string> known);
std::string not_known(std::string_view word, std::string_view what,
                      std::span<const std::string_view> known);

// The value as a message quotes it: JSON text, cut when long.
std::string seen(const Value& value);

// Multiplies each text in the tree that reads as a duration; for parameters whose owner alone knows
// which of them are times.
void scale_durations(Value& value, double factor);
Duration scaled(Duration duration, double factor);

}  // namespace gameday::scenario
