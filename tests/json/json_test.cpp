// JSON text to values and back.
#include "harness/json/json.hpp"

#include "harness/base/random.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <limits>

namespace gameday {
namespace {

TEST_CASE("each kind of JSON value becomes the value of that kind") {
    const auto tree = json::parse(
        R"({"n":null,"b":true,"i":-3,"d":1.5,"s":"a\u00e9\n","l":[1,[2]],"o":{}} // comment)");
    REQUIRE(tree.has_value());
    CHECK(tree->find("n")->is_null());
    CHECK(*tree->find("b") == Value(true));
    CHECK(*tree->find("i") == Value(-3));
    CHECK(*tree->find("d") == Value(1.5));
    CHECK(*tree->find("s") == Value("aé\n"));
    CHECK(*tree->find("l") == Value(List{Value(1), Value(List{Value(2)})}));
    CHECK(*tree->find("o") == Value(Params()));
}

TEST_CASE("integers keep all 64 bits, larger ones become real numbers") {
    CHECK(*json::parse("9223372036854775807") == Value(std::numeric_limits<std::int64_t>::max()));
    CHECK(*json::parse("-9223372036854775808") == Value(std::numeric_limits<std::int64_t>::min()));
    CHECK(*json::parse("18446744073709551615") == Value(18446744073709551615.0));
}

TEST_CASE("what is no JSON is refused with its place") {
    CHECK(json::parse("{\n  \"a\": 1,\n  b\n}").error().message.starts_with("line 3, column 3: "));
    CHECK(json::parse("[1 /* ]").has_error());
    for (const char* text :
         {"", "{", "[1,]", "{\"a\":}", "1e999", "nul", "\"\xff\"", "1 2", "{1:2}"}) {
        INFO(text);
        CHECK(json::parse(text).has_error());
    }
}

TEST_CASE("a repeated key is refused, with its pointer") {
    CHECK(json::parse(R"({"l":[0,{"a":1,"a":2}]})").error().message ==
          "/l/1/a: \"a\" stands twice in one object, remove one");
    CHECK(json::parse(R"({"a/b":{"~":1,"~":2}})").error().message ==
          "/a~1b/~0: \"~\" stands twice in one object, remove one");
    CHECK(json::parse(R"({"a":{"a":1},"b":{"a":1}})").has_value());
}

TEST_CASE("nesting without end is refused, not a crash") {
    CHECK(json::parse(std::string(100'000, '[')).has_error());
    CHECK(json::parse(std::string(150, '[') + std::string(150, ']')).has_value());
}

TEST_CASE("comments may stand anywhere between values") {
    CHECK(*json::parse("// first\n{ /* a */ \"a\" /* b */ : 1 } // last") ==
          Value(Params{{"a", 1}}));
}

Value any(Random& random, int depth) {
    switch (random.below(depth > 3 ? 5 : 7)) {
        case 0: return {};
        case 1: return random.chance(0.5);
        case 2: return static_cast<std::int64_t>(random.next());
        case 3: return std::ldexp(random.unit() - 0.5, static_cast<int>(random.below(200)) - 100);
        case 4: {
            std::string text;
            for (std::uint64_t i = random.below(8); i > 0; --i) {
                text += static_cast<char>(random.below(128));
            }
            return Value(text + (random.chance(0.2) ? "é€" : ""));
        }
        case 5: {
            List list;
            for (std::uint64_t i = random.below(4); i > 0; --i)
                list.push_back(any(random, depth + 1));
            return Value(std::move(list));
        }
        default: {
            Params object;
            for (std::uint64_t i = random.below(4); i > 0; --i) {
                object["k" + std::to_string(random.below(100))] = any(random, depth + 1);
            }
            return Value(std::move(object));
        }
    }
}

TEST_CASE("what is printed reads back as the same value, compact and pretty") {
    Random random(1, "json");
    for (int i = 0; i < 2000; ++i) {
        const Value value = any(random, 0);
        const auto text = json::print(value);
        INFO(text);
        CHECK(*json::parse(text) == value);
        CHECK(*json::parse(json::print_pretty(value)) == value);
    }
}

TEST_CASE("what JSON cannot say is printed as null, and bad bytes do not throw") {
    CHECK(json::print(Value(std::nan(""))) == "null");
    CHECK(json::print(Value(std::numeric_limits<double>::infinity())) == "null");
    CHECK(json::parse(json::print(Value("\xff\xfe"))).has_value());
}

}  // namespace
}  // namespace gameday
