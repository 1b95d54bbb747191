#include "injectors/devices/proxy/actions.hpp"
#include "tests/support/catch.hpp"

namespace actions_test {

using namespace gameday;
using namespace std::chrono_literals;
namespace proxy = gameday::devices::proxy;

TEST_CASE("every rule comes back whole from the action that carries it") {
    for (int cut = 0; cut < 6; ++cut) {
        for (int direction = 0; direction < 3; ++direction) {
            for (int scope = 0; scope < 3; ++scope) {
                const bool reset = cut == static_cast<int>(proxy::Cut::reset);
                const auto storm = reset ? proxy::Storm{20, 5} : proxy::Storm{};
                const proxy::Rule rule{static_cast<proxy::Cut>(cut),
                                       static_cast<proxy::Direction>(direction),
                                       static_cast<proxy::Scope>(scope),
                                       1500ms,
                                       250us,
                                       64000,
                                       2s,
                                       storm};
                if (rule.cut == proxy::Cut::refuse && rule.scope == proxy::Scope::established) {
                    continue;
                }
                const auto back = proxy::rule_of(proxy::set("a->b", rule));
                REQUIRE(back.has_value());
                CHECK(*back == rule);
            }
        }
    }
}

TEST_CASE("an HTTP fault comes back whole from the action that carries it") {
    proxy::Rule rule;
    rule.http.emplace();
    rule.http->name = "http_error";
    rule.http->path = "/api/*";
    rule.http->share = 0.5;
    rule.http->answer = proxy::http::Answer{500, "no"};
    const auto back = proxy::rule_of(proxy::set("a->b", rule));
    REQUIRE(back.has_value());
    CHECK(*back == rule);
}

TEST_CASE("a fault of TLS comes back from the action that carries it") {
    proxy::Rule rule;
    rule.tls = proxy::tls::Fault::stall;
    const auto back = proxy::rule_of(proxy::set("a->b", rule));
    REQUIRE(back.has_value());
    CHECK(*back == rule);
    CHECK_FALSE(proxy::rule_of({"proxy", "set", {{"link", "a->b"}, {"tls", "no"}}}).has_value());
}

TEST_CASE("an action leaves out what is default") {
    const Action wanted{"proxy", "set", {{"link", "a->b"}, {"delay", "50ms"}}};
    CHECK(proxy::set("a->b", {.delay = 50ms}) == wanted);
    CHECK(proxy::clear("a->b") == Action{"proxy", "clear", {{"link", "a->b"}}});
}

TEST_CASE("an action of another making is refused with what is wanted") {
    const auto message = [](const Action& action) {
        const auto rule = proxy::rule_of(action);
        REQUIRE(rule.has_error());
        CHECK(rule.error().code == ErrorCode::invalid);
        return rule.error().message;
    };
    CHECK(message(proxy::clear("a->b")) == "\"proxy clear\" carries no rule, want \"proxy set\"");
    CHECK(message({"proxy", "set", {}}) == "proxy set: link: want a link's name");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"cut", "sever"}}}) ==
          "proxy set: cut: want one of none, blackhole, reset, refuse, half_close, hold");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"delay", 50}}}) ==
          "proxy set: delay: want a duration such as \"50ms\"");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"rate", 0}}}) ==
          "proxy set: rate: want bytes per second, above 0");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"speed", 1}}}) ==
          "proxy set: speed: want one of link, cut, direction, scope, delay, jitter, rate, "
          "end_delay, count, resets_per_s, http, tls");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"http", Params{{"status", 99}}}}}) ==
          "proxy set: http: status: 99 is not a final status, write 200 to 599");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"cut", "reset"}, {"count", -1}}}) ==
          "proxy set: count: want connections, above 0");
    CHECK(message({"proxy", "set", {{"link", "a->b"}, {"count", 3}}}) ==
          "proxy set: count: want none, nor resets_per_s, without the cut \"reset\"");
    CHECK(message(proxy::set("a->b",
                             {.cut = proxy::Cut::refuse, .scope = proxy::Scope::established})) ==
          "proxy set: scope: want \"all\" or \"fresh\": refuse meets only new connections");
}

}  // namespace actions_test
