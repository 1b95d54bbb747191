#include "harness/model/variables.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;

namespace {

std::optional<std::string> lookup(std::string_view name) {
    if (name == "HOST") return "127.0.3.1";
    if (name == "EMPTY") return "";
    return std::nullopt;
}

std::string expanded(std::string_view text) {
    std::vector<std::string> missing;
    auto result = expand_variables(text, lookup, missing);
    CHECK(missing.empty());
    return result;
}

}  // namespace

TEST_CASE("variables are replaced wherever they stand, and only they") {
    CHECK(expanded("").empty());
    CHECK(expanded("plain $HOST } {").compare("plain $HOST } {") == 0);
    CHECK(expanded("${HOST}") == "127.0.3.1");
    CHECK(expanded("http://${HOST}:80/${EMPTY}${HOST}") == "http://127.0.3.1:80/127.0.3.1");
    CHECK(expanded("$${HOST} ${HOST}") == "${HOST} 127.0.3.1");
    CHECK(expanded("open ${HOST") == "open ${HOST");
}

TEST_CASE("what is not set is named, each time") {
    std::vector<std::string> missing;
    CHECK(expand_variables(std::string_view("a ${X} b ${HOST} ${Y}"), lookup, missing) ==
          "a  b 127.0.3.1 ");
    CHECK(missing == std::vector<std::string>{"X", "Y"});
    missing.clear();
    CHECK(expand_variables(std::string_view("${X}"), {}, missing).empty());
    CHECK(missing == std::vector<std::string>{"X"});
}

TEST_CASE("texts are found in lists and objects, other values and keys stay") {
    std::vector<std::string> missing;
    const Value value(
        Params{{"${HOST}", List{"${HOST}", 7, Params{{"a", "${GONE}"}}}}, {"b", true}});
    const Value wanted(Params{{"${HOST}", List{"127.0.3.1", 7, Params{{"a", ""}}}}, {"b", true}});
    CHECK((expand_variables(value, lookup, missing) == wanted));
    CHECK(missing == std::vector<std::string>{"GONE"});
}
