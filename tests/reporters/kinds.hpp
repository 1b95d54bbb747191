// The reporters, named for tests that hold for each of them.
#pragma once

#include "harness/ports/reporter.hpp"

#include <array>

namespace gameday::reporters {
extern const ReporterKind text, json, junit, markdown, html;
}  // namespace gameday::reporters

namespace gameday::test {

inline const std::array<const ReporterKind*, 5> reporter_kinds{
    &reporters::text, &reporters::json, &reporters::junit, &reporters::markdown, &reporters::html};

}  // namespace gameday::test
