// POST /gameday/change and its leases: what is asked for, refused, done in one step, and undone.
#include "injectors/proxy_server/api/change.hpp"
#include "tests/injectors/proxy_server/rig.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace change_test {

using namespace gameday;
using namespace gameday::proxy_server;
using gameday::testing::ApiRig;
using Calls = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

// Two proxies, "a" on 127.0.0.1:1 and "b" on 127.0.0.1:2.
void create_two(ApiRig& rig) {
    REQUIRE(rig.ask("POST /populate", R"([{"name":"a","listen":"127.0.0.1:1","upstream":"db:1"},)"
                                      R"({"name":"b","listen":"127.0.0.1:2","upstream":"db:2"}])")
                .status == 201);
    rig.plane.calls.clear();
}

constexpr auto cut_both =
    R"({"proxies":{"b":{"toxics":[{"type":"timeout"}]},"a":{"enabled":false}},"lease_ms":5000})";

Response ask_at(ApiRig& rig, Duration now, const std::string& method, const std::string& target,
                const std::string& body = {}) {
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.now = at(now);
    return rig.ask(std::move(request));
}

}  // namespace

TEST_CASE("a change of many proxies is one step of the plane, and its answer has the instant") {
    ApiRig rig;
    create_two(rig);
    CHECK(rig.say("POST /gameday/change",
                  R"({"proxies":{"b":{"upstream":"db:3","gameday":{"drain":true}},)"
                  R"("a":{"toxics":[{"type":"latency","attributes":{"latency":5}},)"
                  R"({"type":"timeout","stream":"upstream","toxicity":0.5}]}}})") ==
          R"(200 {"changed":["a","b"],"realtime_ns":1000,"monotonic_ns":2000,"spread_ns":3})");
    CHECK(rig.plane.calls == Calls{"change a", "change b"});
    CHECK(rig.book.at("b").upstream == "db:3");
    CHECK(rig.book.at("b").extras.drain);
    const std::vector<Toxic> toxics{
        {"timeout_upstream", "timeout", Stream::upstream, 0.5, {{"timeout", 0}}},
        {"latency_downstream", "latency", Stream::downstream, 1, {{"jitter", 0}, {"latency", 5}}}};
    CHECK(rig.book.at("a").toxics == toxics);
    CHECK(rig.plane.open_proxies.at("a").toxics == toxics);
}

TEST_CASE("a change enables and disables, and remembers where a proxy was opened") {
    ApiRig rig;
    create_two(rig);
    REQUIRE(rig.ask("POST /gameday/change", R"({"proxies":{"a":{"enabled":false}}})").status ==
            200);
    CHECK(rig.plane.calls == Calls{"shut a"});
    CHECK_FALSE(rig.book.at("a").enabled);
    REQUIRE(rig.ask("POST /gameday/change", R"({"proxies":{"a":{"enabled":true}}})").status == 200);
    CHECK(rig.book.at("a").enabled);
    CHECK(rig.book.at("a").listen == "127.0.0.1:1");
}

TEST_CASE("each wrong change is refused with what may be written, and nothing is changed") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "400 bad request body: EOF"},
        {"[]", R"(400 bad request body: want an object with "proxies", got array)"},
        {"{}", R"(400 bad request body: proxies is missing: write {"proxies": {"db": {"enabled": )"
               R"(false}}})"},
        {R"({"proxies":{"c":{}}})", "404 bad request body: proxies: c: proxy not found"},
        {R"({"proxies":{"a":{"enabled":false},"b":{"enabled":1}}})",
         "400 bad request body: proxies: b: enabled: want true or false, got number"},
        {R"({"proxies":{"a":{"listen":"x:1"}}})",
         "400 bad request body: proxies: a: listen: unknown; write enabled, upstream, toxics or "
         "gameday"},
        {R"({"proxies":{"a":{"toxics":[{"type":"lag"}]}}})",
         "400 bad request body: proxies: a: toxics: 0: invalid toxic type"},
        {R"({"proxies":{"a":{"toxics":[{"type":"latency","atributes":{}}]}}})",
         "400 bad request body: proxies: a: toxics: 0: atributes is unknown; write name, type, "
         "stream, toxicity, attributes"},
        {R"({"proxies":{"a":{"toxics":[{"type":"latency","attributes":{"latncy":1}}]}}})",
         "400 bad request body: proxies: a: toxics: 0: a latency toxic has no latncy; it has "
         "latency, jitter"},
        {R"({"proxies":{"a":{"toxics":[{"type":"noop"},{"type":"noop"}]}}})",
         "400 bad request body: proxies: a: toxics: 1: a toxic noop_downstream is there already; "
         "give it another name"},
        {R"({"proxies":{"a":{"gameday":{"protocol":"udp"}}}})",
         "400 bad request body: proxies: a: gameday: the protocol cannot be changed here; PATCH "
         "the proxy"},
        {R"({"proxies":{"a":{}},"lease_ms":0})",
         "400 bad request body: lease_ms: want whole milliseconds from 1 to 86400000, got 0"},
        {R"({"proxies":{"a":{}},"lease":5})",
         "400 bad request body: lease: unknown; write proxies or lease_ms"}};
    for (const auto& [body, answer] : rows) {
        ApiRig rig;
        create_two(rig);
        const auto before = rig.book;
        const std::string status = answer.substr(0, 3);
        CHECK(rig.say("POST /gameday/change", body) == status + R"( {"error":)" +
                                                           text_json(answer.substr(4)) +
                                                           R"(,"status":)" + status + "}");
        CHECK(rig.book == before);
        CHECK(rig.plane.calls.empty());
    }
}

TEST_CASE("a change that the plane cannot make leaves everything as it was") {
    ApiRig rig;
    create_two(rig);
    REQUIRE(rig.ask("POST /proxies/a", R"({"enabled":false})").status == 200);
    rig.plane.occupied = "127.0.0.1:1";
    const auto before = rig.book;
    CHECK(rig.say("POST /gameday/change",
                  R"({"proxies":{"a":{"enabled":true},"b":{"toxics":[{"type":"noop"}]}}})") ==
          R"(500 {"error":"listen tcp 127.0.0.1:1: bind: address already in use","status":500})");
    CHECK(rig.book == before);
    CHECK(rig.plane.open_proxies.at("b").toxics.empty());
}

TEST_CASE("a lease that nobody renews undoes its change, and one that is renewed does not") {
    ApiRig rig;
    create_two(rig);
    const ProxyTable before = rig.book;
    const auto answer = ask_at(rig, 1s, "POST", "/gameday/change", cut_both);
    CHECK(answer.body.ends_with(
        R"("lease":{"id":"1","proxies":["a","b"],"lease_ms":5000,"state":"in force",)"
        R"("left_ms":5000}})"));
    CHECK(expire(at(5999ms), rig.book, rig.plane).empty());
    CHECK(ask_at(rig, 5s, "POST", "/gameday/leases/1/renew").status == 200);
    CHECK(next_expiry(rig.book.leases) == at(10s));
    CHECK(expire(at(9999ms), rig.book, rig.plane).empty());
    CHECK_FALSE(rig.book.at("a").enabled);
    rig.plane.calls.clear();
    CHECK(expire(at(10s), rig.book, rig.plane) ==
          std::vector<std::string>{"lease 1 has expired: as before are a, b"});
    CHECK(rig.plane.calls == Calls{"change a", "change b"});
    CHECK(static_cast<std::map<std::string, Proxy>&>(rig.book).at("b") == before.at("b"));
    CHECK(rig.book.at("a").enabled);
    CHECK(expire(at(20s), rig.book, rig.plane).empty());
    CHECK(ask_at(rig, 20s, "POST", "/gameday/leases/1/renew").status == 409);
    CHECK(ask_at(rig, 20s, "GET", "/gameday/leases").body ==
          R"({"leases":[{"id":"1","proxies":["a","b"],"lease_ms":5000,"state":"expired"}]})");
}

TEST_CASE("undoing a change leaves alone what somebody has set to something else since") {
    ApiRig rig;
    create_two(rig);
    REQUIRE(ask_at(rig, 0s, "POST", "/gameday/change", cut_both).status == 200);
    REQUIRE(rig.ask("DELETE /proxies/b/toxics/timeout_downstream").status == 204);
    REQUIRE(rig.ask("POST /proxies/b/toxics", R"({"type":"noop"})").status == 200);
    REQUIRE(rig.ask("DELETE /proxies/a").status == 204);
    CHECK(expire(at(5s), rig.book, rig.plane).size() == 1);
    CHECK(rig.book.at("b").toxics.at(0).type == "noop");
    CHECK_FALSE(rig.book.contains("a"));
}

TEST_CASE("a change that is undone does not give a group two rates") {
    ApiRig rig;
    create_two(rig);
    const auto change = [&rig](const std::string& proxies, const std::string& rest = "") {
        return ask_at(rig, 0s, "POST", "/gameday/change",
                      "{\"proxies\":{" + proxies + "}" + rest + "}")
            .status;
    };
    const auto budget = [](const std::string& proxy, const std::string& value) {
        return "\"" + proxy + R"(":{"gameday":{"budget":)" + value + "}}";
    };
    REQUIRE(change(budget("a", R"({"group":"g","rate":1000})") + "," +
                   budget("b", R"({"group":"g","rate":1000})")) == 200);
    REQUIRE(change(budget("a", "null"), R"(,"lease_ms":5000)") == 200);
    REQUIRE(change(budget("b", R"({"group":"g","rate":5000})")) == 200);
    CHECK(expire(at(5s), rig.book, rig.plane) ==
          std::vector<std::string>{
              R"(lease 1 has expired: a keeps its budget: the group "g" has another rate now)"});
    CHECK_FALSE(rig.book.at("a").extras.budget);
    CHECK(rig.book.at("b").extras.budget->rate == 5000);
}

TEST_CASE("a lease can be ended at once, and what cannot be undone is told") {
    ApiRig rig;
    create_two(rig);
    REQUIRE(ask_at(rig, 0s, "POST", "/gameday/change", cut_both).status == 200);
    rig.plane.occupied = "127.0.0.1:1";
    CHECK(rig.say("DELETE /gameday/leases/1") ==
          R"(500 {"error":"a is not as before: listen tcp 127.0.0.1:1: bind: address already in )"
          R"(use","status":500})");
    CHECK(rig.book.at("b").toxics.empty());  // It did what it could.
    CHECK(rig.say("DELETE /gameday/leases/1") ==
          R"(409 {"error":"lease 1 is over: its change has been undone","status":409})");
    for (const auto* target : {"DELETE /gameday/leases/2", "POST /gameday/leases/x/renew"}) {
        CHECK(rig.say(target) ==
              R"(404 {"error":"lease not found; GET /gameday/leases has those that there are",)"
              R"("status":404})");
    }
}

TEST_CASE("leases that are over are forgotten in the end, those in force never") {
    Leases leases;
    for (std::uint64_t number = 1; number <= 300; ++number) {
        Lease lease;
        lease.number = number;
        lease.state = number % 2 == 0 ? Lease::State::in_force : Lease::State::expired;
        leases.list.push_back(lease);
    }
    forget_oldest(leases);
    CHECK(in_force(leases) == 150);
    CHECK(leases.list.size() == 250);
    CHECK(find_lease(leases, "101") != nullptr);
    CHECK(find_lease(leases, "99") == nullptr);
}

}  // namespace change_test
