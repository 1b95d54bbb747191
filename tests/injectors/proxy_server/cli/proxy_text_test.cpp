#include "injectors/proxy_server/cli/proxy_text.hpp"

#include "harness/json/json.hpp"
#include "tests/support/result.hpp"

#include <vector>

namespace proxy_text_test {

using namespace gameday;

namespace {

Value proxies() {
    return json::parse(R"({
        "db": {"name": "db", "listen": "127.0.0.1:15432", "upstream": "db:5432", "enabled": true,
               "toxics": [{"name": "slow", "type": "latency", "stream": "upstream",
                           "toxicity": 0.25, "attributes": {"latency": 100, "jitter": 10}},
                          {"name": "n", "type": "noop", "stream": "downstream", "toxicity": 1,
                           "attributes": {}}]},
        "cache": {"name": "cache", "listen": "[::]:1", "upstream": "x:1", "enabled": false,
                  "toxics": []}})")
        .value();
}

std::string error_of(const std::string& type, const std::vector<std::string>& pairs) {
    const auto read = proxy_server::toxic_attributes(type, pairs);
    REQUIRE(read.has_error());
    CHECK(read.error().code == ErrorCode::invalid);
    return read.error().message;
}

}  // namespace

TEST_CASE("proxies are listed in columns for people and with tabs for scripts") {
    CHECK(proxy_server::proxy_list_text(proxies(), true) ==
          "NAME   LISTEN           UPSTREAM  STATE     TOXICS\n"
          "cache  [::]:1           x:1       disabled  0\n"
          "db     127.0.0.1:15432  db:5432   enabled   2\n");
    CHECK(proxy_server::proxy_list_text(proxies(), false) ==
          "cache\t[::]:1\tx:1\tdisabled\t0\n"
          "db\t127.0.0.1:15432\tdb:5432\tenabled\t2\n");
    CHECK(proxy_server::proxy_list_text(Value(Params()), false).empty());
    CHECK(proxy_server::proxy_list_text(Value(Params()), true).find("gameday proxy create") !=
          std::string::npos);
}

TEST_CASE("what a name says to a terminal is shown, not done") {
    const Value wild = json::parse(R"({
        "a": {"name": "a\u001b[2J\nb", "listen": "x:1", "upstream": "y:1", "enabled": true,
              "toxics": [{"name": "t\r", "type": "noop", "stream": "upstream", "toxicity": 1,
                          "attributes": {"\u0007": 1}}]}})")
                           .value();
    CHECK(proxy_server::proxy_list_text(wild, false) == "a\\x1b[2J\\nb\tx:1\ty:1\tenabled\t1\n");
    CHECK(proxy_server::proxy_toxics_text(*wild.find("a"), true) ==
          "a\\x1b[2J\\nb: x:1 -> y:1, enabled\n"
          "  t\\r: noop on upstream, toxicity 1, \\x07=1\n");
}

TEST_CASE("toxics are shown one a line, for scripts as toxiproxy-cli has it") {
    const Value db = *proxies().find("db");
    CHECK(proxy_server::proxy_toxics_text(db, false) ==
          "slow\ttype=latency\tstream=upstream\ttoxicity=0.25\tattributes=[\tjitter=10\t"
          "latency=100\t]\n"
          "n\ttype=noop\tstream=downstream\ttoxicity=1.00\tattributes=[\t]\n");
    CHECK(proxy_server::proxy_toxics_text(db, true) ==
          "db: 127.0.0.1:15432 -> db:5432, enabled\n"
          "  slow: latency on upstream, toxicity 0.25, jitter=10, latency=100\n"
          "  n: noop on downstream, toxicity 1\n");
    CHECK(proxy_server::proxy_toxics_text(*proxies().find("cache"), true) ==
          "cache: [::]:1 -> x:1, disabled\n  no toxics\n");
}

TEST_CASE("attributes are whole numbers of the toxic's type, or the error says which it has") {
    const std::vector<std::string> good{"latency=100", "jitter=-5"};
    CHECK(proxy_server::toxic_attributes("latency", good).value() ==
          Value(Params{{"jitter", Value(-5)}, {"latency", Value(100)}}));
    CHECK(
        proxy_server::toxic_attributes("of_tomorrow", std::vector<std::string>{"x=1"}).has_value());
    CHECK(error_of("latency", {"latncy=1"}) ==
          "--attribute latncy=1: a latency toxic has latency, jitter");
    CHECK(error_of("noop", {"x=1"}) == "--attribute x=1: a noop toxic has no attributes");
    for (const char* wrong : {"latency", "latency=", "latency=1.5", "latency=1s"}) {
        CHECK(error_of("latency", {wrong}).find("KEY=VALUE with a whole number") !=
              std::string::npos);
    }
}

TEST_CASE("proxy client: a body has what was given, and wrong JSON is explained") {
    CHECK(proxy_server::proxy_body("", "db:2", "").value() == Params{{"upstream", Value("db:2")}});
    const auto body = proxy_server::proxy_body("a:1", "", R"({"drain": true})");
    CHECK(body.value() ==
          Params{{"listen", Value("a:1")}, {"gameday", Value(Params{{"drain", Value(true)}})}});
    for (const std::string wrong : {"drain", "[1]", "{"}) {
        const auto refused = proxy_server::proxy_body("", "", wrong);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().message ==
              "--gameday " + wrong + R"(: write a JSON object, such as '{"drain": true}')");
    }
}

}  // namespace proxy_text_test
