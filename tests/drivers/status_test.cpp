// What a status question asks over HTTP, what its answer says, and how it is asked.
#include "harness/drivers/http/status.hpp"
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace status_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

// The detail is not part of it: its text does not outlive the reading.
NodeStatus told(Params params, unsigned code, std::string_view body) {
    const auto page = drivers::compile_status({StatusSubject::role, std::move(params)}, "h:80");
    REQUIRE(page.has_value());
    std::string words;
    NodeStatus status = drivers::read_status(*page, drivers::Answer{code, body, {}}, words);
    status.detail = {};
    return status;
}

std::string refused(StatusSubject subject, Params params) {
    const auto page = drivers::compile_status({subject, std::move(params)}, "h:80");
    return page ? "" : page.error().message;
}

NodeStatus good(Role role, std::uint64_t term = 0, std::optional<Duration> lag = std::nullopt) {
    return NodeStatus{Cause::none, true, role, term, lag};
}

}  // namespace

TEST_CASE("an answer tells the role by a text or by comparing two places") {
    const Params plain{{"term", "/term"}, {"lag", "/lag_ms"}};
    CHECK(told(plain, 200, R"({"role":"primary","term":3,"lag_ms":1.5})") ==
          good(Role::primary, 3, Duration(1500us)));
    CHECK(told(plain, 200, R"({"role":"replica"})") == good(Role::replica));
    CHECK(told(plain, 200, "{}") == good(Role::unknown));
    CHECK(told(plain, 200, "<html>") == good(Role::unknown));
    CHECK(told(plain, 503, R"({"role":"primary"})") == NodeStatus{});
    const Params compared{
        {"role", "/leader"}, {"primary", "pointer:/header/member_id"}, {"term", "/raftTerm"}};
    CHECK(told(compared, 200, R"({"header":{"member_id":"12"},"leader":"12","raftTerm":"4"})") ==
          good(Role::primary, 4));
    CHECK(told(compared, 200, R"({"header":{"member_id":"12"},"leader":"13"})").role ==
          Role::replica);
}

TEST_CASE("a role that is an empty text was not reported") {
    CHECK(told({}, 200, R"({"role":""})") == good(Role::unknown));
    CHECK(told({}, 200, R"({"role":"standby"})") == good(Role::replica));
}

TEST_CASE("a role that is no text tells none, unless the primary's is of its kind") {
    CHECK(told({}, 200, R"({"role":1})") == good(Role::unknown));
    CHECK(told({}, 200, R"({"role":true})") == good(Role::unknown));
    CHECK(told({}, 200, R"({"role":{"is":"primary"}})") == good(Role::unknown));
    const Params flag{{"role", "/leader"}, {"primary", "true"}};
    CHECK(told(flag, 200, R"({"leader":true})") == good(Role::primary));
    CHECK(told(flag, 200, R"({"leader":false})") == good(Role::replica));
    CHECK(told(flag, 200, R"({"leader":"true"})") == good(Role::primary));
    CHECK(told(flag, 200, R"({"leader":1})") == good(Role::unknown));
    const Params number{{"role", "/state"}, {"primary", "1"}};
    CHECK(told(number, 200, R"({"state":1})") == good(Role::primary));
    CHECK(told(number, 200, R"({"state":2})") == good(Role::replica));
    const Params compared{{"role", "/leader"}, {"primary", "pointer:/id"}};
    CHECK(told(compared, 200, R"({"leader":7,"id":"7"})") == good(Role::primary));
    CHECK(told(compared, 200, R"({"leader":7,"id":8})") == good(Role::replica));
    CHECK(told(compared, 200, R"({"leader":7})") == good(Role::unknown));
}

TEST_CASE("a lag may be a text that is a plain decimal number, with blanks around") {
    const auto lag = [](const std::string& text) {
        return told({{"lag", "/lag"}}, 200, R"({"role":"replica","lag":)" + text + "}").lag;
    };
    CHECK(lag(R"("99999")") == Duration(99999ms));
    CHECK(lag(R"(" 1.5\n")") == Duration(1500us));
    CHECK(lag("2e3") == Duration(2s));
    for (const char* wrong : {R"("2e3")", R"("0x10")", R"("+5")", R"("1.2.3")", R"("")", R"(".")",
                              R"("1,5")", "true", "[5]"}) {
        CAPTURE(wrong);
        CHECK(!lag(wrong));
    }
}

TEST_CASE("a lag that is no length of time was not reported") {
    const Params asked{{"lag", "/lag"}};
    for (const char* lag : {"-1", "1e300", "\"nan\"", "\"inf\"", "\"-inf\"", "\"2 s\"", "null"}) {
        CAPTURE(lag);
        const auto body = std::string(R"({"role":"primary","lag":)") + lag + "}";
        CHECK(told(asked, 200, body) == good(Role::primary));
    }
}

TEST_CASE("lag has a second name") {
    CHECK(told({{"reported_lag_ms", "/behind"}}, 200, R"({"behind":20})").lag == Duration(20ms));
}

TEST_CASE("every wrong parameter of a question is named with what to write") {
    CHECK(refused(StatusSubject::role, {{"role", "role"}, {"colour", "red"}}) ==
          "colour: is not known here; known are method, path, body, headers, expect, role, "
          "primary, term, lag, reported_lag_ms, tls, user, password, bearer\n"
          "role: \"role\" is not a JSON pointer, write for example \"/role\"");
    CHECK(refused(StatusSubject::health, {{"path", "up"}, {"method", "get"}}) ==
          "method: \"get\" is not \"GET\" to a server, write it in capitals\n"
          "path: \"up\" does not begin with /, write \"/up\"");
    CHECK(refused(StatusSubject::health, {{"primary", "/id"}}) ==
          "primary: is not known here; known are method, path, body, headers, expect, "
          "tls, user, password, bearer");
    CHECK(refused(StatusSubject::role, {{"lag", "/a"}, {"reported_lag_ms", "/b"}}) ==
          "reported_lag_ms: is the same as \"lag\", write one of the two");
    CHECK(refused(StatusSubject::role, {}).empty());
}

TEST_CASE("each question has a connection of its own, and asks the server to end it") {
    std::atomic<int> asked_to_close{0};
    RawServer server([&](RawConnection& client) {
        for (;;) {
            const std::string request = client.read_request();
            if (request.empty()) return;
            if (request.find("\r\nConnection: close\r\n") != std::string::npos) ++asked_to_close;
            client.send(answer("up"));
        }
    });
    Asking asking({server.endpoint()});
    for (int i = 0; i < 3; ++i) {
        const auto heard = asking.status({});
        CHECK(heard.status == NodeStatus{Cause::none, true});
    }
    CHECK(server.accepted() == 3);
    CHECK(asked_to_close == 3);
}

TEST_CASE("a status that nobody gives has its cause, and one that is not good says why") {
    RawServer busy([](RawConnection& client) {
        if (!client.read_request().empty()) client.send(answer("no", 503));
    });
    Asking asking({busy.endpoint()});
    const auto heard = asking.status({});
    CHECK(heard.status == NodeStatus{});
    CHECK(heard.detail == "HTTP 503");

    RawServer silent([](RawConnection& client) {
        while (!client.read_request().empty()) {
        }
    });
    Asking waiting({silent.endpoint()});
    CHECK(waiting.status({}, 50ms).status == NodeStatus{Cause::timed_out});

    RawServer ending([](RawConnection& client) { client.read_request(); });
    Asking cut({ending.endpoint()});
    CHECK(cut.status({}).status == NodeStatus{Cause::reset});
}

}  // namespace status_test
