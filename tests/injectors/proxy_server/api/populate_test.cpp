// POST /populate: all validated first, what is the same left alone, what was done is told.
#include "tests/injectors/proxy_server/rig.hpp"

#include <utility>
#include <vector>

namespace populate_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;
using Calls = std::vector<std::string>;

namespace {

std::string proxy_text(const std::string& name, const std::string& listen,
                       const std::string& enabled = "true") {
    return R"({"name":")" + name + R"(","listen":")" + listen +
           R"(","upstream":"db:1","enabled":)" + enabled + R"(,"toxics":[]})";
}

}  // namespace

TEST_CASE("populate creates all and answers them in the order asked for") {
    ApiRig rig;
    CHECK(rig.say("POST /populate",
                  R"([{"name":"b","listen":"localhost:1","upstream":"db:1"},)"
                  R"({"name":"a","listen":"localhost:2","upstream":"db:1","enabled":false}])") ==
          R"(201 {"proxies":[)" + proxy_text("b", "127.0.0.1:1") + "," +
              proxy_text("a", "localhost:2", "false") + "]}");
    CHECK(rig.plane.open_proxies.size() == 1);
    CHECK(rig.say("POST /populate", "[]") == R"(201 {"proxies":[]})");
    CHECK(rig.say("POST /populate", "null") == R"(201 {"proxies":[]})");
    CHECK(rig.book.size() == 2);
}

TEST_CASE("populate leaves a proxy alone that has the same addresses, with toxics and enabled") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("POST /proxies/one/toxics", R"({"type":"noop"})").status == 200);
    REQUIRE(rig.ask("POST /proxies/one", R"({"enabled":false})").status == 200);
    rig.plane.calls.clear();
    REQUIRE(
        rig.ask("POST /populate", R"([{"name":"one","listen":"localhost:3310","upstream":"db:1"}])")
            .status == 201);
    CHECK(rig.plane.calls.empty());
    CHECK(rig.book.at("one").toxics.size() == 1);
    CHECK_FALSE(rig.book.at("one").enabled);
}

TEST_CASE("populate replaces a proxy whose addresses are others, without its toxics") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("POST /proxies/one/toxics", R"({"type":"noop"})").status == 200);
    rig.plane.calls.clear();
    CHECK(rig.say("POST /populate",
                  R"([{"name":"one","listen":"localhost:3311","upstream":"db:1"}])") ==
          R"(201 {"proxies":[)" + proxy_text("one", "127.0.0.1:3311") + "]}");
    CHECK(rig.plane.calls == Calls{"close one", "open one 127.0.0.1:3311"});
}

TEST_CASE("populate validates all before it touches any") {
    const std::string list_type =
        R"([]struct { toxiproxy.Proxy; Enabled *bool \"json:\\\"enabled\\\"\" })";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "bad request body: EOF"},
        {"{}",
         "bad request body: json: cannot unmarshal object into Go value of type " + list_type},
        {"[3]", "bad request body: json: cannot unmarshal number into Go value of type " +
                    list_type.substr(2)},
        {R"([{"name":"one","upstream":"db:1"},{"name":7}])",
         "bad request body: json: cannot unmarshal number into Go struct field .name of type "
         "string"},
        {R"([{"name":"one","upstream":"db:1"},{}])", "missing required field: name at proxy 2"},
        {R"([{"name":"one"},{}])", "missing required field: upstream at proxy 1"},
    };
    for (const auto& [body, error] : rows) {
        CAPTURE(body);
        ApiRig rig;
        const auto response = rig.ask("POST /populate", body);
        CHECK(response.status == 400);
        CHECK(response.content_type == "application/json");
        CHECK(response.body == R"({"error":")" + error + R"(","status":400,"proxies":[]})");
        CHECK(rig.book.empty());
        CHECK(rig.plane.calls.empty());
    }
}

TEST_CASE("populate that fails on the way tells the error and what was done") {
    ApiRig rig;
    CHECK(rig.say("POST /populate",
                  R"([{"name":"one","listen":"localhost:1","upstream":"db:1"},)"
                  R"({"name":"two","listen":"local373","upstream":"db:1"},)"
                  R"({"name":"three","listen":"localhost:3","upstream":"db:1"}])") ==
          R"(500 {"error":"listen tcp: address local373: missing port in address","status":500,)"
          R"("proxies":[)" +
              proxy_text("one", "127.0.0.1:1") + "]}");
    CHECK(rig.book.size() == 1);
    CHECK(rig.plane.open_proxies.size() == 1);
}

}  // namespace populate_test
