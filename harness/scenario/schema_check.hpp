// The published JSON Schema, and the check of a tree against it: the second net behind the parser's
// own checks. The only place that knows the schema library.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/value.hpp"

#include <string_view>
#include <vector>

namespace gameday::scenario {

// scenarios/scenario.schema.json as it was when the program was built.
std::string_view schema_text();

// What the schema finds wrong with a scenario, one "/pointer: text" each; empty when nothing.
std::vector<Error> check_schema(const Value& scenario);

}  // namespace gameday::scenario
