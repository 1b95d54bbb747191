// --set: what a setting does to a tree, for every kind of place.
#include "harness/scenario/pointer.hpp"

#include "harness/json/json.hpp"
#include "tests/support/catch.hpp"

namespace gameday {
namespace {

std::string after(std::string_view text, std::string_view setting) {
    auto tree = *json::parse(text);
    const auto done = scenario::apply_set(tree, setting);
    return done ? json::print(tree) : done.error().message;
}

TEST_CASE("a setting is JSON when it reads as JSON, and a text otherwise") {
    CHECK(after("{}", "a=5") == R"({"a":5})");
    CHECK(after("{}", "a=\"5\"") == R"({"a":"5"})");
    CHECK(after("{}", "a=5s") == R"({"a":"5s"})");
    CHECK(after("{}", "a=true") == R"({"a":true})");
    CHECK(after("{}", "a=[\"x\"]") == R"({"a":["x"]})");
    CHECK(after("{}", "a=x=y") == R"({"a":"x=y"})");
    CHECK(after("{}", "a=") == R"({"a":""})");
}

TEST_CASE("a setting makes what is missing and grows a list by one") {
    CHECK(after("{}", "a.b.c=1") == R"({"a":{"b":{"c":1}}})");
    CHECK(after("{}", "faults.0.at=1s") == R"({"faults":[{"at":"1s"}]})");
    CHECK(after(R"({"a":[1,2]})", "a.1=7") == R"({"a":[1,7]})");
    CHECK(after(R"({"a":[1,2]})", "a.2=7") == R"({"a":[1,2,7]})");
}

TEST_CASE("load.0 is the only load of a file without a list") {
    CHECK(after(R"({"load":{"timeout":"1s"}})", "load.0.timeout=2s") ==
          R"({"load":{"timeout":"2s"}})");
    CHECK(after(R"({"load":[{"timeout":"1s"}]})", "load.0.timeout=2s") ==
          R"({"load":[{"timeout":"2s"}]})");
}

TEST_CASE("a setting that fails changes nothing") {
    auto tree = *json::parse(R"({"a":{"b":"text"}})");
    const auto before = json::print(tree);
    for (const char* setting : {"a.new.0.x..y=1", "a.b.c=1", "=1", "a", "a..b=1"}) {
        INFO(setting);
        CHECK(scenario::apply_set(tree, setting).has_error());
        CHECK(json::print(tree) == before);
    }
}

TEST_CASE("a pointer with escapes leads to the member") {
    auto tree = *json::parse(R"({"a/b":{"c~d":[1]}})");
    const std::string pointer = "/a~1b/c~0d/0";
    scenario::put_at_pointer(tree, pointer, Value(2));
    CHECK(json::print(tree) == R"({"a/b":{"c~d":[2]}})");
    scenario::put_at_pointer(tree, "/a~1b/c~0d/5", Value(3));  // no such place
    CHECK(json::print(tree) == R"({"a/b":{"c~d":[2]}})");
}

TEST_CASE("merging below keeps what is there, at any depth, and lists whole") {
    auto tree = *json::parse(R"({"a":{"b":1},"l":[1]})");
    scenario::merge_below(tree, *json::parse(R"({"a":{"b":2,"c":3},"l":[4,5],"d":6})"));
    CHECK(json::print(tree) == R"({"a":{"b":1,"c":3},"d":6,"l":[1]})");
}

}  // namespace
}  // namespace gameday
