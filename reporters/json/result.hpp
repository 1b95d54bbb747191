// result.json as a tree: the full machine-readable result of one run. Its published description is
// result.schema.json beside this file; a change that is not an addition raises `schema`.
#pragma once

#include "harness/model/report.hpp"
#include "harness/model/value.hpp"

#include <string_view>

namespace gameday::reporters {

inline constexpr std::string_view result_schema = "gameday-result/1";

// The members are those of the schema. Times are seconds. An interval is {"low", "high"}; an end
// that is unbounded or not known is null, and a figure that was not measured is null altogether.
Value result_value(const Report& report);

}  // namespace gameday::reporters
