#include "injectors/devices/proxy/tls/client_hello.hpp"

#include "harness/base/random.hpp"
#include "injectors/devices/proxy/tls/routing.hpp"
#include "tests/injectors/devices/proxy/tls/hello.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace gameday::testing::client_hello_test {

namespace tls = devices::proxy::tls;
using Kind = tls::ClientHello::Kind;

TEST_CASE("the name in a ClientHello is found, whatever records it is split into") {
    const tls::ClientHello wanted{Kind::whole, "a.example"};
    for (const std::size_t fragment : std::vector<std::size_t>{1000, 60, 7, 1}) {
        INFO(fragment);
        const auto bytes = hello_for("A.example.", fragment);
        CHECK(tls::read_client_hello(bytes) == wanted);
        CHECK(tls::read_client_hello(bytes + "what follows") == wanted);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            REQUIRE(tls::read_client_hello(bytes.substr(0, size)).kind == Kind::more);
        }
    }
    CHECK(tls::read_client_hello(hello_for("")) == tls::ClientHello{Kind::whole, ""});
}

TEST_CASE("what is not TLS is told by its first bytes") {
    for (const std::string text :
         {"GET / HTTP/1.1\r\n", "\x16GET", "\x16\x02\x01", "\x80\x2e\x01"}) {
        CHECK(tls::read_client_hello(text).kind == Kind::other);
    }
    auto server_hello = hello_for("a");
    server_hello[5] = 2;
    CHECK(tls::read_client_hello(server_hello).kind == Kind::other);
    auto empty_record = hello_for("a");
    empty_record[3] = empty_record[4] = 0;
    CHECK(tls::read_client_hello(empty_record).kind == Kind::other);
    auto huge = hello_for("a");
    huge[6] = 1;
    CHECK(tls::read_client_hello(huge).kind == Kind::other);
}

TEST_CASE("a ClientHello with any bytes changed is read without harm; only whole ones give names") {
    Random random(1, "hello");
    const auto good = hello_for("a.example", 50);
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = good;
        for (auto changes = 1 + random.below(3); changes > 0; --changes) {
            bytes.at(random.below(bytes.size())) = static_cast<char>(random.below(256));
        }
        const auto hello = tls::read_client_hello(bytes);
        CHECK((hello.kind == Kind::whole || hello.server_name.empty()));
    }
}

TEST_CASE("a server name is led by its own route, else by the longest star above it") {
    tls::Routing routing;
    for (const std::string name : {"*.example", "*.b.example", "a.example"}) {
        routing.routes.push_back({name, "", {}});
    }
    const auto led_by = [&](std::string_view name) -> std::string {
        const auto* route = tls::find_route(routing, name);
        return route == nullptr ? "" : route->name;
    };
    CHECK(led_by("a.example") == "a.example");
    CHECK(led_by("x.a.example") == "*.example");
    CHECK(led_by("b.example") == "*.example");
    CHECK(led_by("x.b.example") == "*.b.example");
    CHECK(led_by("example").empty());
    CHECK(led_by("aexample").empty());
    CHECK(led_by("").empty());
}

}  // namespace gameday::testing::client_hello_test
