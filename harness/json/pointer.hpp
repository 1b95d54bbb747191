// JSON pointers (RFC 6901) into a Value.
#pragma once

#include "harness/model/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::json {

// A member's name as a step of a pointer: "~" becomes "~0", "/" becomes "~1".
std::string pointer_step(std::string_view name);

// The steps of a pointer that begins with "/", unescaped; none for "".
std::vector<std::string> pointer_path(std::string_view pointer);

// What stands there; null when nothing does.
const Value* find_at(const Value& root, const std::vector<std::string>& path);

// A string as it is, numbers and booleans as JSON writes them; nothing for null, objects and lists.
std::optional<std::string> scalar_text(const Value& value);

}  // namespace gameday::json
