// ${NAME} in texts: a reading of an environment variable, so that secrets never stand in files.
#pragma once

#include "harness/model/value.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// The value of an environment variable; none when it is not set.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

// The text with every ${NAME} replaced; "$${" stands for "${" itself. Names that `lookup` does not
// know are added to `missing` and leave nothing behind.
std::string expand_variables(std::string_view text, const VariableLookup& lookup,
                             std::vector<std::string>& missing);

// The same in all texts of a value; keys stay as they are.
Value expand_variables(const Value& value, const VariableLookup& lookup,
                       std::vector<std::string>& missing);

}  // namespace gameday
