// The http driver over TLS: whom it trusts, what it asks for, and what a broken record means.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/raw_server.hpp"
#include "tests/drivers/tls_server.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace https_test {

using namespace gameday;
using namespace gameday::test;

namespace {

const Certificates& certificates() {
    static const Certificates made;
    return made;
}

TlsAnswer say(std::string bytes) { return {std::move(bytes), false, true}; }

std::string trusting(std::string_view more = "") {
    return fmt::format(R"({{"tls": {{"ca_file": "{}"{}}}}})", certificates().file("ca.pem"), more);
}

Heard asked(const TlsServer& server, const std::string& params, Verb verb = Verb::write) {
    Asking asking({server.endpoint()}, params);
    return asking.operation(verb);
}

void check_refused(const Heard& heard, std::string_view why) {
    CHECK(heard.reply.outcome == Outcome::failed);
    CHECK(heard.reply.cause == Cause::rejected);
    INFO(heard.detail);
    CHECK(heard.detail.find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("https: a certificate of the node's own address is trusted, and connections are kept") {
    const TlsServer server(certificates(), "good",
                           [](const std::string&) { return say(answer("7")); });
    Asking asking({server.endpoint()}, trusting());
    for (int i = 0; i < 20; ++i) CHECK(asking.write().reply.outcome == Outcome::ok);
    CHECK(server.accepted() == 1);
    CHECK(server.asked_name().empty());  // an address is no server name
}

TEST_CASE("https: a server name is asked for and expected") {
    const TlsServer server(certificates(), "other",
                           [](const std::string&) { return say(answer("7")); });
    check_refused(asked(server, trusting()), "IP address mismatch");
    check_refused(asked(server, trusting(R"(, "server_name": "wrong.example")")),
                  "ostname mismatch");
    CHECK(asked(server, trusting(R"(, "server_name": "other.example")")).reply.outcome ==
          Outcome::ok);
    CHECK(server.asked_name() == "other.example");
}

TEST_CASE("https: an expired certificate, or one of nobody we trust, is refused unless insecure") {
    const auto serve = [](const std::string&) { return say(answer("7")); };
    const TlsServer expired(certificates(), "expired", serve);
    check_refused(asked(expired, trusting()), "expired");
    const TlsServer good(certificates(), "good", serve);
    check_refused(asked(good, R"({"tls": {}})"), "certificate");
    CHECK(asked(expired, R"({"tls": {"insecure": true}})").reply.outcome == Outcome::ok);
}

TEST_CASE("https: a server that asks for a client's certificate gets it") {
    const auto serve = [](const std::string&) { return say(answer("7")); };
    const TlsServer server(certificates(), "good", serve, certificates().file("ca.pem"));
    const auto without = asked(server, trusting());
    CHECK(without.reply.outcome != Outcome::ok);
    const auto own =
        fmt::format(R"(, "certificate": "{}", "key": "{}")", certificates().file("client.pem"),
                    certificates().file("client.key"));
    CHECK(asked(server, trusting(own)).reply.outcome == Outcome::ok);
}

TEST_CASE("https: plain text where TLS is expected, and the other way round") {
    const RawServer plain([](RawConnection& connection) {
        connection.read_bytes(5);
        connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        connection.finish();
    });
    Asking to_plain({plain.endpoint()}, trusting());
    CHECK(to_plain.write().reply.outcome == Outcome::failed);
    const TlsServer server(certificates(), "good",
                           [](const std::string&) { return say(answer("7")); });
    CHECK(asked(server, "{}").reply.outcome == Outcome::unknown);  // something was sent to it
}

TEST_CASE("https: an answer that breaks off is in doubt, with TLS's end or without") {
    for (const bool goodbye : {true, false}) {
        const TlsServer server(certificates(), "good", [&](const std::string&) {
            return TlsAnswer{answer("7").substr(0, 12), true, goodbye};
        });
        CHECK(asked(server, trusting()).reply.outcome == Outcome::unknown);
        CHECK(asked(server, trusting(), Verb::read).reply.outcome == Outcome::failed);
        const TlsServer mute(certificates(), "good", [&](const std::string&) {
            return TlsAnswer{"", true, goodbye};
        });
        CHECK(asked(mute, trusting()).reply.outcome == Outcome::unknown);
    }
    // A body that only the connection's end delimits is whole with TLS's end alone.
    const std::string open_ended = "HTTP/1.1 200 OK\r\n\r\n7";
    const std::string reading =
        fmt::format(R"({{"read": {{"value": "body"}}, "tls": {{"ca_file": "{}"}}}})",
                    certificates().file("ca.pem"));
    const TlsServer whole(certificates(), "good", [&](const std::string&) {
        return TlsAnswer{open_ended, true, true};
    });
    CHECK(asked(whole, reading, Verb::read).reply.outcome == Outcome::ok);
    const TlsServer cut(certificates(), "good", [&](const std::string&) {
        return TlsAnswer{open_ended, true, false};
    });
    CHECK(asked(cut, reading, Verb::read).reply.outcome == Outcome::failed);
}

TEST_CASE("https: a kept connection that was closed meanwhile is replaced") {
    const TlsServer server(certificates(), "good", [](const std::string&) {
        return TlsAnswer{answer("7"), true, true};
    });
    Asking asking({server.endpoint()}, trusting());
    for (int i = 0; i < 5; ++i) {
        const auto heard = asking.read();
        INFO(heard.detail);
        CHECK(heard.reply.outcome == Outcome::ok);
    }
}

TEST_CASE("https: authorization goes with operations and with questions") {
    std::string last;
    const TlsServer server(certificates(), "good", [&](const std::string& request) {
        last = request;
        return say(answer("7"));
    });
    const auto params =
        fmt::format(R"({{"tls": {{"ca_file": "{}"}}, "user": "ann", "password": "s3:cret"}})",
                    certificates().file("ca.pem"));
    Asking asking({server.endpoint()}, params);
    CHECK(asking.write().reply.outcome == Outcome::ok);
    CHECK(last.find("Authorization: Basic YW5uOnMzOmNyZXQ=\r\n") != std::string::npos);
    last.clear();
    CHECK(asking.status({StatusSubject::health, {{"path", "/health"}}}).status.good);
    CHECK(last.find("Authorization: Basic YW5uOnMzOmNyZXQ=\r\n") != std::string::npos);
    CHECK(asking
              .status(
                  {StatusSubject::health, {{"bearer", "abc"}, {"tls", Params{{"insecure", true}}}}})
              .status.good);
    CHECK(last.find("Authorization: Bearer abc\r\n") != std::string::npos);
}

TEST_CASE("https: wrong parameters are told with what to write") {
    const auto error = [](std::string_view params) {
        const auto parsed = json::parse(params);
        REQUIRE(parsed.has_value());
        const auto checked = drivers::http.check(*parsed->as<Params>(), Topology{});
        return checked ? std::string() : checked.error().message;
    };
    CHECK(error(R"({"tls": {"certificate": "a.pem"}})") ==
          "tls: key: is missing, a certificate and its key go together");
    CHECK(error(R"({"tls": {"ca": "a.pem"}})").starts_with("tls: ca: "));
    CHECK(error(R"({"password": "x"})") == "user: is missing, a password goes with a user");
    CHECK(error(R"({"user": "a", "bearer": "b"})") ==
          "bearer: stands beside \"user\", remove one of them");
}

}  // namespace https_test
