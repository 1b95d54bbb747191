// The member "gameday" of a proxy: read, refused, shown, changed, put into force.
#include "injectors/proxy_server/api/extras.hpp"
#include "tests/injectors/proxy_server/rig.hpp"

#include <utility>
#include <vector>

namespace extras_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;
using Calls = std::vector<std::string>;

namespace {

std::string answer(const std::string& gameday) {
    return R"({"name":"one","listen":"127.0.0.1:3310","upstream":"db:1","enabled":true,)"
           R"("toxics":[])" +
           gameday + "}";
}

void create(ApiRig& rig, const std::string& gameday) {
    REQUIRE(rig.ask("POST /proxies",
                    R"({"name":"one","listen":"127.0.0.1:3310","upstream":"db:1","gameday":)" +
                        gameday + "}")
                .status == 201);
    rig.plane.calls.clear();
}

}  // namespace

TEST_CASE("extras: an answer shows the keys that are not at their default, and else no member") {
    ApiRig rig;
    CHECK(rig.say("POST /proxies", R"({"name":"one","listen":"localhost:3310","upstream":"db:1",)"
                                   R"("gameday":{"keep_connections":true,"drain":false}})") ==
          "201 " + answer(R"(,"gameday":{"keep_connections":true})"));
    CHECK(rig.plane.open_proxies.at("one").extras == Extras{false, true});
    CHECK(rig.say("PATCH /proxies/one", R"({"gameday":{"keep_connections":null}})") ==
          "200 " + answer(""));
    CHECK(rig.plane.open_proxies.at("one").extras == Extras{});
    CHECK(rig.say("PATCH /proxies/one", R"({"Gameday":null})") == "200 " + answer(""));
    CHECK(rig.plane.calls == Calls{"open one 127.0.0.1:3310", "put one"});
}

TEST_CASE("extras: HTTP faults are shown as they are written, and taken off by null and by reset") {
    ApiRig rig;
    create(rig, R"({"http":[{"path":"/api/*","status":503},{"delay":"20ms","every":2}]})");
    CHECK(rig.say("GET /proxies/one") ==
          "200 " + answer(R"(,"gameday":{"http":[{"path":"/api/*","status":503},)"
                          R"({"delay":"20ms","every":2}]})"));
    REQUIRE(rig.plane.open_proxies.at("one").extras.http.size() == 2);
    CHECK(rig.plane.open_proxies.at("one").extras.http[0].answer->status == 503);
    CHECK(rig.say("PATCH /proxies/one", R"({"gameday":{"http":null}})") == "200 " + answer(""));
    CHECK(rig.say("PATCH /proxies/one", R"({"gameday":{"http":[{"status":500}]}})") ==
          "200 " + answer(R"(,"gameday":{"http":[{"status":500}]})"));
    CHECK(rig.ask("POST /reset").status == 204);
    CHECK(rig.say("GET /proxies/one") == "200 " + answer(""));
    CHECK(rig.plane.open_proxies.at("one").extras == Extras{});
}

TEST_CASE("extras: routes by server name are shown as they are written") {
    ApiRig rig;
    create(rig, R"({"tls":{"otherwise":"reset","routes":{"*.b.example":"[::1]:2","a":"h:1"}}})");
    CHECK(rig.say("GET /proxies/one") ==
          "200 " + answer(R"(,"gameday":{"tls":{"otherwise":"reset","routes":)"
                          R"({"*.b.example":"[::1]:2","a":"h:1"}}})"));
    CHECK(rig.say("PATCH /proxies/one", R"({"gameday":{"tls":null}})") == "200 " + answer(""));
}

TEST_CASE("extras: what is wrong in the member is refused, and nothing is changed") {
    const std::string keys =
        "budget, connect_first, drain, http, keep_connections, protocol, refusal, socket_mode, tls";
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"drian":true})", "gameday.drian: unknown; what may be written is " + keys},
        {R"({"Drain":true})", "gameday.Drain: unknown; what may be written is " + keys},
        {R"({"protocol":"sctp"})", R"(gameday.protocol: want "tcp" or "udp", got "sctp")"},
        {R"({"socket_mode":"0999"})",
         R"(gameday.socket_mode: want octal digits such as "0660", got "0999")"},
        {R"({"budget":{"group":"wan"}})",
         R"(gameday.budget: want an object such as {"group": "wan", "rate": 125000}, with both)"},
        {R"({"budget":{"group":"wan","rate":0}})",
         "gameday.budget: rate: want whole bytes per second, at least 1, got 0"},
        {R"({"budget":{"grup":"wan","rate":1}})",
         R"(gameday.budget: want an object such as {"group": "wan", "rate": 125000}; grup is )"
         "wrong"},
        {R"({"drain":1})", "gameday.drain: want true or false, got number"},
        {R"({"keep_connections":"yes"})",
         "gameday.keep_connections: want true or false, got string"},
        {R"({"http":{}})",
         R"(gameday.http: want a list of faults such as [{"path": "/api/*", "status": 503}], )"
         "got object"},
        {R"({"http":[{"status":503},7]})", "gameday.http: [1]: want an object, got number"},
        {R"({"http":[{"staus":503,"delay":5}]})",
         R"(gameday.http: [0]: delay: 5 has no unit, write "5s" or "5ms"; )"
         R"(staus: is not known here, did you mean "status"?)"},
        {R"({"http":[{"status":503.5}]})",
         "gameday.http: [0]: status: is not a count, write a whole number, 0 or more"},
        {R"({"tls":{"routes":{"A.example":"h:1"}}})",
         "gameday.tls: routes: \"A.example\" is no name of a server, write it in small letters, * "
         "only in front: \"*.b.example\""},
        {R"({"tls":{"routes":{"a.example":"h"},"otherwise":"no"}})",
         "gameday.tls: otherwise: \"no\" is not one of upstream, reset, unrecognized_name; "
         "routes: a.example leads nowhere, write \"host:port\""},
        {R"({"tls":{}})", "gameday.tls: is empty; write routes, terminate, upstream or fault"},
        {R"({"tls":7})",
         "gameday.tls: want an object such as {\"routes\": {\"a.example\": \"localhost:8443\"}}, "
         "got number"},
        {"3", "json: cannot unmarshal number into Go struct field Proxy.gameday of type object"}};
    for (const auto& [gameday, message] : rows) {
        ApiRig rig;
        const std::string error =
            R"({"error":)" + text_json("bad request body: " + message) + R"(,"status":400})";
        CHECK(rig.say("POST /proxies", R"({"name":"a","upstream":"b:1","gameday":)" + gameday +
                                           "}") == "400 " + error);
        CHECK(rig.book.empty());
        rig.create();
        const auto before = rig.book;
        rig.plane.calls.clear();
        CHECK(rig.say("POST /proxies/one", R"({"upstream":"other:1","gameday":)" + gameday + "}") ==
              "400 " + error);
        CHECK(rig.book == before);
        CHECK(rig.plane.calls.empty());
    }
}

TEST_CASE("extras: populate validates them first, and applies them to a proxy that is the same") {
    ApiRig rig;
    CHECK(rig.say("POST /populate",
                  R"([{"name":"one","listen":"127.0.0.1:3310","upstream":"db:1"},)"
                  R"({"name":"two","upstream":"db:1","gameday":{"drain":2}}])") ==
          R"(400 {"error":"gameday.drain: want true or false, got number at proxy 2",)"
          R"("status":400,"proxies":[]})");
    CHECK(rig.book.empty());
    create(rig, R"({"keep_connections":true})");
    const std::string same = R"([{"name":"one","listen":"127.0.0.1:3310","upstream":"db:1")";
    CHECK(rig.say("POST /populate", same + "}]") ==
          R"(201 {"proxies":[)" + answer(R"(,"gameday":{"keep_connections":true})") + "]}");
    CHECK(rig.plane.calls.empty());
    CHECK(rig.say("POST /populate", same + R"(,"gameday":{}}])") ==
          R"(201 {"proxies":[)" + answer("") + "]}");
    CHECK(rig.plane.calls == Calls{"put one"});
}

TEST_CASE("extras: while a proxy drains, answers say how many connections are left") {
    ApiRig rig;
    create(rig, "{}");
    rig.plane.open_proxies.at("one").connections = 3;
    const std::string draining = answer(R"(,"gameday":{"connections":3,"drain":true})");
    CHECK(rig.say("POST /proxies/one", R"({"gameday":{"drain":true}})") == "200 " + draining);
    CHECK(rig.say("GET /proxies") == R"(200 {"one":)" + draining + "}");
    // Clients send back what they got.
    CHECK(rig.say("POST /proxies/one", draining) == "200 " + draining);
    CHECK(rig.plane.calls == Calls{"put one"});
    CHECK(rig.say("POST /reset") == "204");
    CHECK(rig.say("GET /proxies/one") == "200 " + answer(""));
    CHECK(rig.plane.open_proxies.at("one").extras == Extras{});
}

TEST_CASE("extras: another upstream keeps connections only where that was asked for") {
    ApiRig rig;
    create(rig, "{}");
    REQUIRE(rig.ask("POST /proxies/one", R"({"upstream":"db:2"})").status == 200);
    CHECK(rig.plane.calls == Calls{"close one", "open one 127.0.0.1:3310"});
    rig.plane.calls.clear();
    REQUIRE(
        rig.ask("POST /proxies/one", R"({"upstream":"db:3","gameday":{"keep_connections":true}})")
            .status == 200);
    CHECK(rig.plane.calls == Calls{"move one db:3", "put one"});
    CHECK(rig.book.at("one").upstream == "db:3");
    rig.plane.calls.clear();
    // Another listen address is another listener: those connections are lost.
    REQUIRE(
        rig.ask("POST /proxies/one", R"({"upstream":"db:4","listen":"127.0.0.1:3311"})").status ==
        200);
    CHECK(rig.plane.calls == Calls{"close one", "open one 127.0.0.1:3311"});
}

TEST_CASE("extras: a udp proxy takes only what goes with datagrams, and a tcp proxy no datagrams") {
    ApiRig rig;
    create(rig, R"({"protocol":"udp"})");
    CHECK(rig.say("POST /proxies/one/toxics", R"({"type":"slicer"})") ==
          R"(400 {"error":"a udp proxy has no slicer toxic; it has latency, bandwidth, )"
          R"(noop, packet_loss, duplicate, reorder","status":400})");
    CHECK(rig.say("POST /proxies/one", R"({"gameday":{"http":[{"status":503}]}})") ==
          R"(400 {"error":"bad request body: gameday.http: a udp proxy has none","status":400})");
    CHECK(rig.ask("POST /proxies/one/toxics", R"({"type":"reorder"})").status == 200);
    rig.plane.calls.clear();
    const auto refused = rig.ask("POST /proxies/one", R"({"gameday":{"protocol":"tcp"}})");
    CHECK(refused.status == 400);
    CHECK(refused.body.find("a tcp proxy has no reorder toxic; it has ") != std::string::npos);
    CHECK(rig.plane.calls.empty());
    REQUIRE(rig.ask("DELETE /proxies/one/toxics/reorder_downstream").status == 204);
    rig.plane.calls.clear();
    CHECK(rig.ask("POST /proxies/one", R"({"gameday":{"protocol":"tcp"}})").status == 200);
    CHECK(rig.plane.calls == Calls{"close one", "open one 127.0.0.1:3310"});
}

TEST_CASE("extras: budget, mode and connect_first are shown as they were written") {
    ApiRig rig;
    const std::string gameday =
        R"({"budget":{"group":"wan","rate":125000},"connect_first":true,"socket_mode":"0660"})";
    create(rig, gameday);
    CHECK(rig.say("GET /proxies/one") == "200 " + answer(R"(,"gameday":)" + gameday));
    CHECK(rig.plane.open_proxies.at("one").extras.budget == GroupRate{"wan", 125'000});
    CHECK(rig.plane.open_proxies.at("one").extras.socket_mode == 0660);
}

TEST_CASE("extras: a group has one rate, which only a change of all its proxies changes") {
    ApiRig rig;
    const auto with = [](const std::string& name, const std::string& group, int rate) {
        return R"({"name":")" + name + R"(","upstream":"db:1","listen":"127.0.0.1:0","gameday":)" +
               R"({"budget":{"group":")" + group + R"(","rate":)" + std::to_string(rate) + "}}}";
    };
    const auto text = [](const std::string& name, const std::string& other) {
        return R"(gameday.budget: a group has one rate: \"wan\" has 100 in proxy \")" + other +
               R"(\", want the same in \")" + name +
               R"(\", got 200; POST /gameday/change changes all in one step)";
    };
    REQUIRE(rig.ask("POST /proxies", with("a", "wan", 100)).status == 201);
    REQUIRE(rig.ask("POST /proxies", with("b", "wan", 100)).status == 201);
    REQUIRE(rig.ask("POST /proxies", with("c", "lan", 200)).status == 201);
    const auto before = rig.book;
    rig.plane.calls.clear();
    const std::string bad = R"(400 {"error":"bad request body: )";
    const std::string end = R"(","status":400})";
    const std::string budget_200 = R"({"gameday":{"budget":{"group":"wan","rate":200}}})";
    CHECK(rig.say("POST /proxies", with("d", "wan", 200)) == bad + text("d", "a") + end);
    CHECK(rig.say("PATCH /proxies/a", budget_200) == bad + text("a", "b") + end);
    CHECK(rig.say("POST /populate",
                  "[" + with("d", "wan", 100) + "," + with("c", "wan", 200) + "]") ==
          R"(400 {"error":")" + text("c", "d") + R"( at proxy 2","status":400,"proxies":[]})");
    CHECK(rig.say("POST /gameday/change", R"({"proxies":{"a":)" + budget_200 + "}}") ==
          bad + text("a", "b") + end);
    CHECK(static_cast<const std::map<std::string, Proxy>&>(rig.book) == before);
    CHECK(rig.plane.calls.empty());

    const auto all = R"({"proxies":{"a":)" + budget_200 + R"(,"b":)" + budget_200 + "}}";
    CHECK(rig.ask("POST /gameday/change", all).status == 200);
    CHECK(rig.plane.open_proxies.at("b").extras.budget == GroupRate{"wan", 200});
    // Whoever is alone in a group may have any rate.
    CHECK(
        rig.ask("PATCH /proxies/c", R"({"gameday":{"budget":{"group":"lan","rate":7}}})").status ==
        200);
}

TEST_CASE("extras: a listen address may be a path from the root, of a tcp proxy") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"("unix:s")", "listen unix:s: write unix: and a path from the root, unix:/tmp/s"},
        {R"("unix:/s","gameday":{"protocol":"udp"})",
         "listen unix:/s: a udp proxy listens on host:port"},
        {'"' + ("unix:/" + std::string(107, 's')) + '"',
         "listen unix:/" + std::string(107, 's') +
             ": the path has 108 bytes, the system allows "
             "107"}};
    for (const auto& [listen, message] : rows) {
        ApiRig rig;
        CHECK(rig.say("POST /proxies",
                      R"({"name":"one","upstream":"db:1","listen":)" + listen + "}") ==
              R"(500 {"error":)" + text_json(message) + R"(,"status":500})");
        CHECK(rig.book.empty());
    }
}

}  // namespace extras_test
