#include "harness/base/glob.hpp"

#include "tests/support/catch.hpp"

#include <tuple>
#include <vector>

namespace glob_test {

using gameday::glob;

TEST_CASE("a star stands for any letters") {
    const std::vector<std::tuple<const char*, const char*, bool>> table{
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"/a", "/a", true},
        {"/a", "/ab", false},
        {"/a*", "/a", true},
        {"/a*", "/a/b", true},
        {"/a*", "/b", false},
        {"a*c", "abc", true},
        {"a*c", "ac", true},
        {"a*c", "acd", false},
        {"abc", "ab", false},
        {"*b*", "abc", true},
        {"a*b*c", "aXbYbZc", true},
        {"a**b", "ab", true},
        {"**a", "bba", true},
        {"*.js", "/x.js/y.js", true},
        {"*.js", "/x.jsx", false},
        {"/*/b*d", "/a/b/c/d", true},
        {"/*/b*d", "/a/bc", false}};
    for (const auto& [pattern, text, fits] : table) {
        INFO(pattern << " on " << text);
        CHECK(glob(pattern, text) == fits);
    }
}

}  // namespace glob_test
