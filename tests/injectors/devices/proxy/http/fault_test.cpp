#include "injectors/devices/proxy/http/fault.hpp"

#include "tests/injectors/devices/proxy/http/play.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace gameday::testing::fault_test {

namespace {

using namespace std::chrono_literals;
using http::Fault;
using http::RequestHead;

RequestHead request(std::string method, std::string target, std::vector<http::Field> fields = {}) {
    RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.fields = std::move(fields);
    return head;
}

// Which of the first so many requests are met.
std::string met(const Fault& fault, int count, std::uint64_t seed = 1) {
    const auto armed = arm({fault}, seed);
    std::string marks;
    for (int n = 0; n < count; ++n) {
        marks += http::treat(armed, request("GET", "/")).abort ? 'x' : '.';
    }
    return marks;
}

Fault aborting() {
    Fault fault;
    fault.answer.emplace();
    return fault;
}

}  // namespace

TEST_CASE("A fault fits requests by method, path and header, and no others") {
    Fault fault;
    CHECK(http::fits(fault, request("GET", "/")));
    fault.methods = {"GET", "PUT"};
    CHECK(http::fits(fault, request("PUT", "/")));
    CHECK_FALSE(http::fits(fault, request("POST", "/")));
    CHECK_FALSE(http::fits(fault, request("get", "/")));
    fault.path = "/api/*";
    CHECK(http::fits(fault, request("GET", "/api/x?y=/z")));
    CHECK(http::fits(fault, request("GET", "http://host:80/api/x?y")));
    CHECK_FALSE(http::fits(fault, request("GET", "/apx")));
    CHECK_FALSE(http::fits(fault, request("GET", "/?/api/x")));
    CHECK_FALSE(http::fits(fault, request("GET", "/go?to=http://host/api/x")));
    CHECK_FALSE(http::fits(fault, request("GET", "http://host")));
    fault.header = "x-user: a*";
    CHECK(http::fits(fault, request("GET", "/api/", {{"Host", "h"}, {"X-User", "anna"}})));
    CHECK_FALSE(http::fits(fault, request("GET", "/api/", {{"X-User", "bob"}})));
    CHECK_FALSE(http::fits(fault, request("GET", "/api/", {{"X-Usera", "anna"}})));
    fault.header = "X-User";
    CHECK(http::fits(fault, request("GET", "/api/", {{"x-user", "bob"}})));
    CHECK_FALSE(http::fits(fault, request("GET", "/api/")));
}

TEST_CASE("Requests are numbered: the first, each n-th, a share that repeats") {
    CHECK(met(aborting(), 5) == "xxxxx");
    Fault first = aborting();
    first.first = 2;
    CHECK(met(first, 5) == "xx...");
    Fault every = aborting();
    every.every = 3;
    CHECK(met(every, 7) == "..x..x.");
    every.first = 4;
    CHECK(met(every, 7) == "..x....");
    Fault share = aborting();
    share.share = 0;
    CHECK(met(share, 5) == ".....");
    share.share = 0.25;
    const auto drawn = met(share, 2000);
    CHECK(drawn == met(share, 2000));
    CHECK(drawn != met(share, 2000, 2));
    // 500 expected with a standard deviation of 19: six of these are never missed.
    const auto count = std::ranges::count(drawn, 'x');
    CHECK(count > 380);
    CHECK(count < 620);
}

TEST_CASE("Only requests that fit are numbered") {
    Fault fault = aborting();
    fault.path = "/a";
    fault.first = 1;
    const auto armed = arm({fault});
    CHECK_FALSE(http::treat(armed, request("GET", "/b")).abort);
    CHECK(http::treat(armed, request("GET", "/a")).abort);
    CHECK_FALSE(http::treat(armed, request("GET", "/a")).abort);
}

TEST_CASE("Faults on one request compose") {
    Fault slow, slower, teapot = aborting(), other = aborting();
    slow.delay = 10ms;
    slow.rate = 100;
    slow.truncate_after = 9;
    slower.delay = 20ms;
    slower.delay_after = 0;
    slower.rate = 50;
    slower.truncate_after = 5;
    slower.truncate_with_reset = true;
    teapot.name = "teapot";
    teapot.answer->status = 418;
    const auto all = http::treat(arm({slower, slow, teapot, other}), request("GET", "/"));
    using T = http::Treatment;
    CHECK(all.pauses == std::vector{T::Pause{T::before_response, 10ms, FaultId{2}},
                                    T::Pause{0, 20ms, FaultId{1}}});
    CHECK(all.rate == T::Rate{50, FaultId{1}});
    CHECK(all.cut == T::Cut{5, true, FaultId{1}});
    CHECK(all.abort == T::Abort{{418, ""}, "teapot", FaultId{3}});
}

TEST_CASE("Jitter is drawn for each request, within its bounds, and repeats") {
    Fault fault;
    fault.delay = 100ms;
    fault.jitter = 40ms;
    const auto armed = arm({fault}), again = arm({fault});
    Duration least = 1h, most{};
    for (int n = 0; n < 500; ++n) {
        const auto pause = http::treat(armed, request("GET", "/")).pauses.at(0);
        CHECK(pause == http::treat(again, request("GET", "/")).pauses.at(0));
        least = std::min(least, pause.delay);
        most = std::max(most, pause.delay);
    }
    CHECK(least >= 60ms);
    CHECK(least < 65ms);
    CHECK(most <= 140ms);
    CHECK(most > 135ms);
}

}  // namespace gameday::testing::fault_test
