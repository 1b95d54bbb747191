// A thousand random faults of connections and answers over HTTP, against what the server itself
// has done.
#include "tests/drivers/asking.hpp"
#include "tests/drivers/faulty_http.hpp"
#include "tests/support/lane.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace http_faults_test {

using namespace gameday;
using namespace gameday::test;

namespace {

// "PUT /kv/3 HTTP/1.1", and the value as its body.
FaultyAnswer keys_and_values(FaultyStore& store, std::string_view request) {
    const auto path = request.substr(request.find("/kv/") + 4);
    const std::string key(path.substr(0, path.find(' ')));
    if (request.starts_with("PUT")) {
        store.write(key, std::string(request.substr(request.find("\r\n\r\n") + 4)));
        return {R"({"done": true})"};
    }
    const auto value = store.find(key);
    if (!value) return {R"({"error": "no such key"})", 404};
    return {fmt::format(R"({{"value": {}}})", *value)};
}

FaultySystem plain_system() {
    return {keys_and_values,
            {{R"({"error": "not the primary"})", 421}},
            {{"{}", 500}, {"<html>", 503}, {"gateway timeout", 504}, {"{}", 400}}};
}

std::string params_with(std::string_view both, std::string_view write) {
    return fmt::format(R"({{"read": {{"value": "/value", "absent": [404]{0}}}, )"
                       R"("write": {{"rejected": [421]{0}{1}}}}})",
                       both, write);
}

std::string plain_key(std::uint32_t key) { return std::to_string(key); }

}  // namespace

TEST_CASE("http: a thousand faults, and no outcome that the server's own state contradicts") {
    const auto each = by_lane<std::size_t>(340, 2000);
    SECTION("writes that may be sent once") {
        FaultyHttp server(plain_system(), 1);
        try_http_faults({server,
                         drivers::http,
                         params_with("", ""),
                         {server.endpoint()},
                         1,
                         each,
                         4,
                         plain_key});
    }
    SECTION("writes that may be sent twice") {
        FaultyHttp server(plain_system(), 2);
        try_http_faults({server,
                         drivers::http,
                         params_with("", R"(, "idempotent": true)"),
                         {server.endpoint()},
                         2,
                         each,
                         4,
                         plain_key});
    }
    SECTION("redirects between two nodes, and writes that may be sent twice") {
        FaultyHttp first(plain_system(), 3), second(plain_system(), 4);
        first.lead_to(second);
        try_http_faults({first,
                         drivers::http,
                         params_with(R"(, "follow_redirects": true)", R"(, "idempotent": true)"),
                         {first.endpoint(), second.endpoint()},
                         3,
                         each,
                         4,
                         plain_key});
    }
}

TEST_CASE("a write that was sent twice, and is refused or lost the second time, is in doubt") {
    bool refuses = true;
    // Keeps the first connection for two requests, and ends it without a word to the second.
    RawServer server([&](RawConnection& client) {
        for (int i = 0;; ++i) {
            if (client.read_request().empty()) return;
            if (client.number == 0 ? i == 1 : !refuses) return;
            client.send(client.number == 0 ? answer("") : answer("", 421));
        }
    });
    Asking asking({server.endpoint()}, params_with("", R"(, "idempotent": true)"));
    CHECK(asking.write().reply.outcome == Outcome::ok);
    SECTION("refused") {
        const auto heard = asking.write();
        CHECK(heard.reply.outcome == Outcome::unknown);
        CHECK(heard.reply.cause == Cause::rejected);
        CHECK(server.accepted() == 2);
        // The next one is sent once, on the connection that refused.
        CHECK(asking.operation(Verb::write).reply.outcome == Outcome::failed);
    }
    SECTION("lost") {
        refuses = false;
        CHECK(asking.write().reply.outcome == Outcome::unknown);
    }
}

}  // namespace http_faults_test
