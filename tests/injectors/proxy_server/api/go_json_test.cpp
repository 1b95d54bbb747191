#include "injectors/proxy_server/api/go_json.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace go_json_test {

using namespace gameday;
using namespace gameday::proxy_server;

TEST_CASE("what is not JSON is told in Go's words") {
    struct Row {
        std::string text, error;
    };
    const std::vector<Row> rows{
        {"", "EOF"},
        {" \n\t\r", "EOF"},
        {"{", "unexpected EOF"},
        {R"({"name")", "unexpected EOF"},
        {R"({"name":)", "unexpected EOF"},
        {R"({"name":"x)", "unexpected EOF"},
        {R"(["\)", "unexpected EOF"},
        {"[1", "unexpected EOF"},
        {"tru", "unexpected EOF"},
        {"-", "unexpected EOF"},
        {"[1.", "unexpected EOF"},
        {"hello", "invalid character 'h' looking for beginning of value"},
        {"{foo", "invalid character 'f' looking for beginning of object key string"},
        {R"({"a":1,})", "invalid character '}' looking for beginning of object key string"},
        {R"({"a" 1})", "invalid character '1' after object key"},
        {R"({"a":1 "b":2})", "invalid character '\"' after object key:value pair"},
        {R"({"a":01})", "invalid character '1' after object key:value pair"},
        {"[1 2]", "invalid character '2' after array element"},
        {"[1,]", "invalid character ']' looking for beginning of value"},
        {"trve", "invalid character 'v' in literal true (expecting 'u')"},
        {"nul\n", R"(invalid character '\n' in literal null (expecting 'l'))"},
        {"[1.x]", "invalid character 'x' after decimal point in numeric literal"},
        {"[1e+x]", "invalid character 'x' in exponent of numeric literal"},
        {"[-x]", "invalid character 'x' in numeric literal"},
        {"[\"\x01\"]", R"(invalid character '\x01' in string literal)"},
        {R"(["\q"])", "invalid character 'q' in string escape code"},
        {R"(["\u12g4"])", R"(invalid character 'g' in \u hexadecimal character escape)"},
        {"[\xc3\xa9]", "invalid character '\xc3\x83' looking for beginning of value"},
        {"[\x85]", R"(invalid character '\u0085' looking for beginning of value)"},
        {"['x']", R"(invalid character '\'' looking for beginning of value)"},
        {std::string(1001, '['), "exceeded max depth"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_go_json(row.text);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().code == ErrorCode::invalid);
        CHECK(parsed.error().message == row.error);
    }
}

TEST_CASE("only the first value of the text counts") {
    CHECK(*parse_go_json(" true garbage").value().as<bool>());
    CHECK(parse_go_json("{}}}").value().as<GoMembers>()->empty());
    CHECK(parse_go_json("01").value().as<GoNumber>()->text == "0");
}

TEST_CASE("values come back as they stand, repeated keys and all") {
    const auto parsed = parse_go_json(
        R"({"a":[1,-2.5e3,null,false],"b":{},"a":"\u00e9\ud83d\ude00\ud83d!\n\"\/"})");
    const auto* members = parsed.value().as<GoMembers>();
    REQUIRE(members != nullptr);
    REQUIRE(members->size() == 3);
    const auto* list = members->at(0).second.as<GoList>();
    REQUIRE(list != nullptr);
    REQUIRE(list->size() == 4);
    CHECK(list->at(0).as<GoNumber>()->text == "1");
    CHECK(list->at(1).as<GoNumber>()->text == "-2.5e3");
    CHECK(list->at(2).is_null());
    CHECK(*list->at(3).as<bool>() == false);
    CHECK(members->at(1).second.as<GoMembers>()->empty());
    CHECK(members->at(2).first == "a");
    // A lone half of a surrogate pair is U+FFFD.
    CHECK(*members->at(2).second.as<std::string>() == "\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd!\n\"/");
}

TEST_CASE("each byte that is no UTF-8 is read as U+FFFD, so that names that differ look it") {
    const std::string bad = "\xef\xbf\xbd";
    struct Row {
        std::string text, read;
    };
    const std::vector<Row> rows{
        {"\xff", bad},                                // never in UTF-8
        {"\xc3(", bad + "("},                         // a second byte is missing
        {"\xc0\xaf", bad + bad},                      // longer than it must be
        {"\xed\xa0\x80", bad + bad + bad},            // half of a surrogate pair
        {"\xf4\x90\x80\x80", bad + bad + bad + bad},  // beyond U+10FFFF
        {"\xf0\x9f\x98", bad + bad + bad},            // cut off by the quote
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_go_json("\"" + row.text + "\"");
        REQUIRE(parsed.has_value());
        CHECK(*parsed->as<std::string>() == row.read);
    }
}

}  // namespace go_json_test
