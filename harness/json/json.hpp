// JSON text to Value and back: the only place that knows a JSON library.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"

#include <string>
#include <string_view>

namespace gameday::json {

// Reads one JSON document. Comments (// and /* */) are allowed. A repeated key is an error, and so
// is a number that neither a 64-bit integer nor a double holds. Errors name line and
// column, or the JSON pointer of the repeated key.
Result<Value> parse(std::string_view text);

// Compact text, members in alphabetical order. Not-a-number and infinities become null.
std::string print(const Value& value);

// The same with two spaces of indent and a final newline, for people.
std::string print_pretty(const Value& value);

}  // namespace gameday::json
