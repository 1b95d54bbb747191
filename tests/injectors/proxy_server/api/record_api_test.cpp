// What the API tells about connections, as text.
#include "tests/injectors/proxy_server/rig.hpp"

#include <regex>
#include <string>

namespace record_api_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::ConnectionRecord;
using devices::proxy::HowEnded;
using proxy_server::ProxyCounts;
using proxy_server::SeenConnection;
using namespace std::chrono_literals;

namespace {

SeenConnection seen(std::uint64_t number, HowEnded ended) {
    SeenConnection each;
    each.record.number = number;
    each.record.accepted = at(5ms);
    if (ended != HowEnded::open) each.record.closed = at(8ms);
    each.record.ended = ended;
    return each;
}

// Wall-clock times depend on when the test runs.
std::string masked(const std::string& text) {
    return std::regex_replace(text, std::regex(R"((realtime|"monotonic)_ns":-?[0-9]+)"), "$1:*");
}

ProxyCounts some_counts() {
    ProxyCounts counts{2, 9, {}, {}, {}, 1};
    counts.ended.at(static_cast<std::size_t>(HowEnded::rst_by_fault)) = 4;
    counts.ended.at(static_cast<std::size_t>(HowEnded::fin_by_client)) = 3;
    counts.toxics = {{"no \"way\"", std::nullopt}, {"slow", 17}};
    counts.http = {{"http[0]", 3}};
    return counts;
}

}  // namespace

TEST_CASE("connections: each is told with its proxy, its clocks and its faults by name") {
    ApiRig rig;
    rig.create("a b");
    auto each = seen(4, HowEnded::rst_by_fault);
    each.record.faults = {FaultId{1}, FaultId{0x4000'0000}};
    each.faults = {"slow", "http[0]"};
    each.record.bytes = {7, 8};
    rig.plane.open_proxies.at("a b").seen = {each};
    CHECK(masked(rig.say("GET /gameday/connections?proxy=a%20b")) ==
          R"(200 {"realtime:*,"monotonic:*,"left_out":0,"connections":[{"proxy":"a b",)"
          R"("accepted_realtime:*,"closed_realtime:*,"connection":4,"client":"","upstream":"",)"
          R"("accepted_ns":5000000,"closed_ns":8000000,"bytes_to":7,"bytes_from":8,)"
          R"("ended":"rst_by_fault","faults":["slow","http[0]"]}]})");
}

TEST_CASE("connections: wall-clock times are as far apart as the others") {
    ApiRig rig;
    rig.create();
    rig.plane.open_proxies.at("one").seen = {seen(1, HowEnded::limit)};
    const std::string text = rig.say("GET /gameday/connections");
    const auto number = [&text](const std::string& name) {
        const auto place = text.find("\"" + name + "\":");
        REQUIRE(place != std::string::npos);
        return std::stoll(text.substr(place + name.size() + 3));
    };
    CHECK(number("closed_realtime_ns") - number("accepted_realtime_ns") == 3'000'000);
    CHECK(number("realtime_ns") - number("accepted_realtime_ns") ==
          number("monotonic_ns") - number("accepted_ns"));
}

TEST_CASE("connections: live ones alone when asked for, the newest within the limit, all proxies") {
    ApiRig rig;
    rig.create();
    REQUIRE(rig.ask("POST /proxies", R"({"name":"two","listen":"127.0.0.1:3311","upstream":"d:1"})")
                .status == 201);
    rig.plane.open_proxies.at("one").seen = {seen(1, HowEnded::open), seen(2, HowEnded::limit),
                                             seen(3, HowEnded::open)};
    rig.plane.open_proxies.at("two").seen = {seen(9, HowEnded::refused)};
    const auto numbers = [&rig](const std::string& query) {
        const std::string text = rig.say("GET /gameday/connections" + query);
        std::string found;
        const std::regex pattern(R"("connection":([0-9]+))");
        for (std::sregex_iterator each(text.begin(), text.end(), pattern), end; each != end;
             ++each) {
            found += (*each)[1].str() + " ";
        }
        const auto place = text.find("left_out\":");
        REQUIRE(place != std::string::npos);
        return found + "and " + text.substr(place + 10, 1);
    };
    CHECK(numbers("") == "1 2 3 9 and 0");
    CHECK(numbers("?proxy=one") == "1 2 3 and 0");
    CHECK(numbers("?open=true") == "1 3 and 0");
    CHECK(numbers("?open=false&limit=2") == "2 3 9 and 1");
    CHECK(numbers("?limit=1&open=true&proxy=one") == "3 and 1");
}

TEST_CASE("connections: a wrong query is refused with what to write") {
    ApiRig rig;
    rig.create();
    const auto error = [](int status, const std::string& text) {
        return std::to_string(status) + R"( {"error":")" + text + R"(","status":)" +
               std::to_string(status) + "}";
    };
    CHECK(rig.say("GET /gameday/connections?proxy=two") == error(404, "proxy not found"));
    CHECK(rig.say("GET /gameday/counters?proxy=two") == error(404, "proxy not found"));
    CHECK(rig.say("GET /gameday/connections?prxy=one") ==
          error(400, R"(bad query \"prxy=one\": there are proxy, open, limit)"));
    CHECK(rig.say("GET /gameday/connections?proxy=") ==
          error(400, R"(bad query \"proxy=\": write proxy=VALUE)"));
    CHECK(rig.say("GET /gameday/connections?proxy=%4") ==
          error(400, R"(bad query \"proxy=%4\": write proxy=VALUE)"));
    CHECK(rig.say("GET /gameday/connections?open=yes") ==
          error(400, R"(bad query \"open=yes\": write open=true)"));
    CHECK(rig.say("GET /gameday/connections?limit=1&limit=2") ==
          error(400, "bad query: limit is there twice"));
    for (const std::string wrong : {"0", "-1", "1x", "100001"}) {
        CHECK(rig.say("GET /gameday/connections?limit=" + wrong) ==
              error(400, R"(bad query \"limit=)" + wrong +
                             R"(\": write a whole number from 1 to 100000)"));
    }
    CHECK(rig.say("GET /gameday/counters?open=true") ==
          error(400, R"(bad query \"open=true\": there are proxy)"));
    CHECK(rig.ask("POST /gameday/counters").status == 405);
}

TEST_CASE("counters: every toxic and HTTP fault has one, and null is what cannot be counted") {
    ApiRig rig;
    rig.create();
    rig.plane.open_proxies.at("one").counts = some_counts();
    CHECK(rig.say("GET /gameday/counters") ==
          R"(200 {"proxies":[{"proxy":"one","open":2,"accepted":9,)"
          R"("ended":{"fin_by_client":3,"rst_by_fault":4},)"
          R"("toxics":{"no \"way\"":null,"slow":17},"http":{"http[0]":3},"not_http":1}]})");
}

TEST_CASE("counters: of proxies that were closed and opened again they go on") {
    ProxyCounts sum = some_counts();
    ProxyCounts more = some_counts();
    more.toxics["new"] = 1;
    sum.add(more);
    CHECK(sum.accepted == 18);
    CHECK(sum.toxics == std::map<std::string, std::optional<std::int64_t>>{
                            {"new", 1}, {"no \"way\"", std::nullopt}, {"slow", 34}});
    CHECK(sum.http.at("http[0]") == 6);
    CHECK(sum.ended.at(static_cast<std::size_t>(HowEnded::rst_by_fault)) == 8);
}

TEST_CASE("metrics: what was met and how connections ended, in the format of Prometheus") {
    ApiRig rig;
    rig.settings.metrics = true;
    rig.create();
    rig.plane.open_proxies.at("one").counts = some_counts();
    const std::string text = rig.ask("GET /metrics").body;
    for (const std::string line :
         {"# TYPE gameday_connections_open gauge\n", "gameday_connections_open{proxy=\"one\"} 2\n",
          "gameday_connections_total{proxy=\"one\"} 9\n",
          "gameday_connections_ended_total{proxy=\"one\",how=\"rst_by_fault\"} 4\n",
          "gameday_connections_ended_total{proxy=\"one\",how=\"refused\"} 0\n",
          "gameday_toxic_hits_total{proxy=\"one\",toxic=\"slow\"} 17\n",
          "gameday_http_fault_hits_total{proxy=\"one\",fault=\"http[0]\"} 3\n",
          "gameday_not_http_total{proxy=\"one\"} 1\n"}) {
        CAPTURE(line);
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.find("way") == std::string::npos);
}

TEST_CASE("connections: those of a proxy that is deleted are forgotten") {
    ApiRig rig;
    rig.create();
    CHECK(rig.ask("DELETE /proxies/one").status == 204);
    CHECK(rig.plane.forgotten == std::vector<std::string>{"one"});
}

}  // namespace record_api_test
