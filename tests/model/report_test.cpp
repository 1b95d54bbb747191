#include "harness/model/report.hpp"

#include "tests/support/catch.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace gameday {

TEST_CASE("marks are called what programs that read result.json know") {
    const std::array<std::pair<MarkKind, std::string_view>, 6> words{
        {{MarkKind::fault, "fault"},
         {MarkKind::recovery, "rto"},
         {MarkKind::recovery_point, "rpo"},
         {MarkKind::detection, "detect"},
         {MarkKind::switchover, "switch"},
         {MarkKind::split_brain, "split_brain"}}};
    for (const auto& [kind, word] : words) CHECK(name_of(kind) == word);
}

}  // namespace gameday
