#include "harness/base/visible.hpp"

#include "tests/support/catch.hpp"

#include <string>

namespace visible_test {

using gameday::visible;

TEST_CASE("controls are shown by their names, all other text is as it was") {
    CHECK(visible("db-1 \xc3\xa9 \xe2\x9c\x93") == "db-1 \xc3\xa9 \xe2\x9c\x93");
    CHECK(visible("a\nb\r\tc") == "a\\nb\\r\\tc");
    CHECK(visible("\x1b[2J\x7f") == "\\x1b[2J\\x7f");
    CHECK(visible(std::string("\0", 1)) == "\\x00");
    CHECK(visible("\xc2\x9b") == "\\u009b");
    CHECK(visible("\xc2\xa0\xc2") == "\xc2\xa0\xc2");
    CHECK(visible("a\\nb") == "a\\nb");
}

}  // namespace visible_test
