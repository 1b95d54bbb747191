// Requests about proxies and their answers, byte for byte.
#include "tests/injectors/proxy_server/rig.hpp"

#include <map>
#include <vector>

namespace proxies_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;
using Calls = std::vector<std::string>;

TEST_CASE("a proxy is created, shown, listed and deleted") {
    ApiRig rig;
    CHECK(rig.say("GET /proxies") == "200 {}");
    const std::string one =
        R"({"name":"one","listen":"127.0.0.1:3310","upstream":"db:1","enabled":true,"toxics":[]})";
    CHECK(rig.say("POST /proxies",
                  R"({"name":"one","listen":"localhost:3310","upstream":"db:1"})") == "201 " + one);
    CHECK(rig.say("GET /proxies/one") == "200 " + one);
    CHECK(rig.say("GET /proxies?x=1") == "200 {\"one\":" + one + "}");
    CHECK(rig.plane.calls == Calls{"open one 127.0.0.1:3310"});
    CHECK(rig.plane.open_proxies.at("one").upstream == "db:1");
    CHECK(rig.say("DELETE /proxies/one") == "204");
    CHECK(rig.plane.open_proxies.empty());
    CHECK(rig.say("GET /proxies") == "200 {}");
    CHECK(rig.say("DELETE /proxies/one") == R"(404 {"error":"proxy not found","status":404})");
}

TEST_CASE("a proxy without a port gets one and is told which") {
    ApiRig rig;
    CHECK(rig.say("POST /proxies", R"({"name":"a","upstream":"db:1"})") ==
          R"(201 {"name":"a","listen":"[::]:40001","upstream":"db:1","enabled":true,"toxics":[]})");
    CHECK(rig.say("POST /proxies", R"({"name":"b","upstream":"db:1","listen":"localhost:0"})") ==
          R"(201 {"name":"b","listen":"127.0.0.1:40002","upstream":"db:1","enabled":true,)"
          R"("toxics":[]})");
}

TEST_CASE("a proxy that is not enabled is not opened, whatever its address") {
    ApiRig rig;
    CHECK(rig.say("POST /proxies",
                  R"({"name":"a","upstream":"db:1","listen":"localhost:33","enabled":false})") ==
          R"(201 {"name":"a","listen":"localhost:33","upstream":"db:1","enabled":false,)"
          R"("toxics":[]})");
    CHECK(rig.say("POST /proxies",
                  R"({"name":"b","upstream":"db:1","listen":"nonsense","enabled":false})") ==
          R"(201 {"name":"b","listen":"nonsense","upstream":"db:1","enabled":false,"toxics":[]})");
    CHECK(rig.plane.calls.empty());
}

TEST_CASE("keys in any case, unknown keys and null are read as Go reads them") {
    ApiRig rig;
    CHECK(rig.say("POST /proxies",
                  R"({"NAME":"one","Listen":"127.0.0.1:1","upStream":"db:1","enabled":null,)"
                  R"("toxics":null,"Logger":{}} trailing)") ==
          R"(201 {"name":"one","listen":"127.0.0.1:1","upstream":"db:1","enabled":true,)"
          R"("toxics":[]})");
}

TEST_CASE("each wrong body of a proxy has its error, and nothing is created") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "bad request body: EOF"},
        {"{", "bad request body: unexpected EOF"},
        {"hi", "bad request body: invalid character 'h' looking for beginning of value"},
        {"[]",
         "bad request body: json: cannot unmarshal array into Go value of type "
         "toxiproxy.Proxy"},
        {"3",
         "bad request body: json: cannot unmarshal number into Go value of type "
         "toxiproxy.Proxy"},
        {R"({"name":1})",
         "bad request body: json: cannot unmarshal number into Go struct field "
         "Proxy.name of type string"},
        {R"({"enabled":"yes","name":[]})",
         "bad request body: json: cannot unmarshal string into Go struct field Proxy.enabled of "
         "type bool"},
        {"null", "missing required field: name"},
        {"{}", "missing required field: name"},
        {R"({"name":"","upstream":"db:1"})", "missing required field: name"},
        {R"({"name":"one"})", "missing required field: upstream"},
        {R"({"name":"one","upstream":""})", "missing required field: upstream"},
    };
    for (const auto& [body, error] : rows) {
        CAPTURE(body);
        ApiRig rig;
        CHECK(rig.say("POST /proxies", body) == R"(400 {"error":")" + error + R"(","status":400})");
        CHECK(rig.book.empty());
        CHECK(rig.plane.calls.empty());
    }
}

TEST_CASE("a name or address that is taken creates nothing") {
    ApiRig rig;
    rig.create();
    CHECK(
        rig.say("POST /proxies", R"({"name":"one","listen":"localhost:3311","upstream":"db:1"})") ==
        R"(409 {"error":"proxy already exists","status":409})");
    CHECK(
        rig.say("POST /proxies", R"({"name":"two","listen":"localhost:3310","upstream":"db:1"})") ==
        R"(500 {"error":"listen tcp 127.0.0.1:3310: bind: address already in use","status":500})");
    CHECK(rig.say("POST /proxies", R"({"name":"two","listen":"local373","upstream":"db:1"})") ==
          R"(500 {"error":"listen tcp: address local373: missing port in address","status":500})");
    CHECK(rig.book.size() == 1);
}

TEST_CASE("disabling closes, enabling opens with the toxics again") {
    for (const char* method : {"PATCH", "POST"}) {
        ApiRig rig;
        rig.create();
        const std::string line = std::string(method) + " /proxies/one";
        REQUIRE(rig.ask("POST /proxies/one/toxics", R"({"type":"noop"})").status == 200);
        rig.plane.calls.clear();
        CHECK(rig.say(line, R"({"enabled":false})") ==
              R"(200 {"name":"one","listen":"127.0.0.1:3310","upstream":"db:1","enabled":false,)"
              R"("toxics":[{"attributes":{},"name":"noop_downstream","type":"noop",)"
              R"("stream":"downstream","toxicity":1}]})");
        CHECK(rig.plane.calls == Calls{"close one"});
        CHECK(rig.say(line, R"({"enabled":false})").starts_with("200"));
        CHECK(rig.plane.calls == Calls{"close one"});
        CHECK(rig.ask(line, R"({"enabled":true})").status == 200);
        CHECK(rig.plane.calls == Calls{"close one", "open one 127.0.0.1:3310"});
        CHECK(rig.plane.open_proxies.at("one").toxics == rig.book.at("one").toxics);
    }
}

TEST_CASE("an update that changes nothing leaves the connections alone") {
    ApiRig rig;
    rig.create();
    const std::string before = rig.say("GET /proxies/one");
    for (const char* body :
         {"{}", "null", R"({"enabled":null,"listen":null})", R"({"listen":"localhost:3310"})",
          R"({"listen":"127.0.0.1:3310","upstream":"db:1","enabled":true,"name":"other"})"}) {
        CAPTURE(body);
        CHECK(rig.say("PATCH /proxies/one", body) == before);
    }
    CHECK(rig.plane.calls == Calls{"open one 127.0.0.1:3310"});
}

TEST_CASE("the host name that a proxy was opened with is no change, a free port is one") {
    ApiRig rig;
    REQUIRE(rig.ask("POST /proxies", R"({"name":"a","listen":"db.test:99","upstream":"db:1"})")
                .status == 201);
    CHECK(rig.book.at("a").listen == "127.0.0.7:99");
    REQUIRE(rig.ask("PATCH /proxies/a", R"({"listen":"db.test:99"})").status == 200);
    CHECK(rig.plane.calls == Calls{"open a 127.0.0.7:99"});
    REQUIRE(rig.ask("PATCH /proxies/a", R"({"listen":"127.0.0.1:0"})").status == 200);
    REQUIRE(rig.ask("PATCH /proxies/a", R"({"listen":"127.0.0.1:0"})").status == 200);
    CHECK(rig.plane.calls == Calls{"open a 127.0.0.7:99", "close a", "open a 127.0.0.1:40001",
                                   "close a", "open a 127.0.0.1:40002"});
}

TEST_CASE("a changed address restarts the proxy, toxics kept") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("POST /proxies/one/toxics", R"({"type":"noop"})").status == 200);
    rig.plane.calls.clear();
    CHECK(rig.ask("PATCH /proxies/one", R"({"upstream":"db:2"})").status == 200);
    CHECK(rig.ask("PATCH /proxies/one", R"({"listen":"localhost:3311"})").status == 200);
    CHECK(rig.plane.calls ==
          Calls{"close one", "open one 127.0.0.1:3310", "close one", "open one 127.0.0.1:3311"});
    CHECK(rig.plane.open_proxies.at("one") ==
          testing::FakePlane::Carried{"127.0.0.1:3311", "db:2", rig.book.at("one").toxics, {}});
}

TEST_CASE("an update whose address is taken says so and leaves the proxy disabled there") {
    ApiRig rig;
    rig.create();
    rig.plane.occupied = "127.0.0.1:99";
    CHECK(rig.say("PATCH /proxies/one", R"({"listen":"localhost:99"})") ==
          R"(500 {"error":"listen tcp 127.0.0.1:99: bind: address already in use","status":500})");
    CHECK(rig.say("GET /proxies/one") ==
          R"(200 {"name":"one","listen":"localhost:99","upstream":"db:1","enabled":false,)"
          R"("toxics":[]})");
    rig.plane.occupied.clear();
    CHECK(rig.ask("PATCH /proxies/one", R"({"enabled":true})").status == 200);
    CHECK(rig.book.at("one").listen == "127.0.0.1:99");
}

TEST_CASE("an update that cannot be read changes nothing") {
    ApiRig rig;
    rig.create();
    CHECK(rig.say("PATCH /proxies/one", "") ==
          R"(400 {"error":"bad request body: EOF","status":400})");
    CHECK(rig.say("PATCH /proxies/one", R"({"enabled":0,"listen":"localhost:1"})") ==
          R"(400 {"error":"bad request body: json: cannot unmarshal number into Go struct field )"
          R"(Proxy.enabled of type bool","status":400})");
    CHECK(rig.say("PATCH /proxies/one", R"({"listen":"x"})") ==
          R"(500 {"error":"address x: missing port in address","status":500})");
    CHECK(rig.plane.calls == Calls{"open one 127.0.0.1:3310"});
    for (const char* line :
         {"GET /proxies/two", "PATCH /proxies/two", "POST /proxies/two", "DELETE /proxies/two"}) {
        CHECK(rig.say(line, "{}") == R"(404 {"error":"proxy not found","status":404})");
    }
}

TEST_CASE("reset enables every proxy and removes every toxic, past one that cannot be opened") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("POST /proxies/one/toxics", R"({"type":"latency"})").status == 200);
    for (const char* name : {"a", "b"}) {
        REQUIRE(rig.ask("POST /proxies", R"({"name":")" + std::string(name) +
                                             R"(","upstream":"db:1","listen":"localhost:)" +
                                             (name == std::string("a") ? "1" : "2") +
                                             R"(","enabled":false})")
                    .status == 201);
        REQUIRE(rig.ask("POST /proxies/" + std::string(name) + "/toxics", R"({"type":"noop"})")
                    .status == 200);
    }
    rig.plane.occupied = "127.0.0.1:1";
    CHECK(rig.say("POST /reset") ==
          R"(500 {"error":"listen tcp 127.0.0.1:1: bind: address already in use","status":500})");
    CHECK(rig.book.at("b").enabled);
    for (const auto& [name, proxy] : rig.book) CHECK(proxy.toxics.empty());
    for (const auto& [name, carried] : rig.plane.open_proxies) CHECK(carried.toxics.empty());
    rig.plane.occupied.clear();
    CHECK(rig.say("POST /reset") == "204");
    CHECK(rig.plane.open_proxies.size() == 3);
}

TEST_CASE("reset is one step for all proxies that need one") {
    ApiRig rig;
    rig.create();
    for (const char* name : {"a", "b", "c"}) {
        const auto port = std::to_string(name[0] - 'a' + 1);
        REQUIRE(rig.ask("POST /proxies", R"({"name":")" + std::string(name) +
                                             R"(","upstream":"db:1","listen":"127.0.0.1:)" + port +
                                             R"("})")
                    .status == 201);
    }
    REQUIRE(rig.ask("POST /proxies/a/toxics", R"({"type":"latency"})").status == 200);
    REQUIRE(rig.ask("POST /proxies/b", R"({"enabled":false})").status == 200);
    rig.plane.calls.clear();
    CHECK(rig.say("POST /reset") == "204");
    CHECK(rig.plane.steps == 1);
    CHECK(rig.plane.calls == std::vector<std::string>{"change a", "change b"});
    CHECK(rig.say("POST /reset") == "204");
    CHECK(rig.plane.steps == 1);
}

TEST_CASE("a proxy keeps an upstream: an empty one is refused as when it is created") {
    ApiRig rig;
    rig.create();
    const auto before = rig.book;
    for (const char* line : {"PATCH /proxies/one", "POST /proxies/one"}) {
        CHECK(rig.say(line, R"({"listen":"127.0.0.1:9","upstream":""})") ==
              R"(400 {"error":"missing required field: upstream","status":400})");
        CHECK(rig.book == before);
    }
}

}  // namespace proxies_test
