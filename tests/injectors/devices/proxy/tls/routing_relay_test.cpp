// Where connections go that ask for a server name, and that not a byte of theirs is lost.
#include "injectors/devices/proxy/tls/client_hello.hpp"
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"
#include "tests/injectors/devices/proxy/tls/hello.hpp"

#include <fmt/format.h>

#include <string>

namespace gameday::testing::routing_relay_test {

namespace {

namespace tls = devices::proxy::tls;
using proxy_server::Extras;
using proxy_server::make_plane;
using Otherwise = tls::Routing::Otherwise;

std::string address(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

struct Routed {
    Listener usual, one, two;
    std::unique_ptr<proxy_server::DataPlane> plane = make_plane(1);
    std::uint16_t port = 0;

    explicit Routed(Otherwise otherwise) {
        tls::Routing routing;
        routing.routes.push_back({"a.example", "", {"127.0.0.1", one.port()}});
        routing.routes.push_back({"*.b.example", "", {"localhost", two.port()}});
        routing.otherwise = otherwise;
        Extras extras;
        extras.tls = tls::Settings{routing};
        const auto listen = plane->open("tls", "127.0.0.1:0", address(usual.port()), {}, extras);
        REQUIRE(listen.has_value());
        port = static_cast<std::uint16_t>(std::stoi(listen->substr(listen->rfind(':') + 1)));
    }
};

// The bytes reach that server, and its answer the client.
void check_led(std::uint16_t port, const Listener& server, const std::string& bytes) {
    const Peer client = dial(port);
    const auto half = bytes.size() / 2;
    REQUIRE(client.send(std::string_view(bytes).substr(0, half)) == half);
    ::usleep(20'000);
    REQUIRE(client.send(std::string_view(bytes).substr(half)) == bytes.size() - half);
    const Peer at_server = server.accept();
    REQUIRE(at_server.open());
    CHECK(at_server.receive(bytes.size()) == bytes);
    CHECK(at_server.send("answer") == 6);
    CHECK(client.receive(6) == "answer");
    client.finish();
    CHECK(at_server.end() == End::fin);
}

}  // namespace

TEST_CASE("connections are led to the server that serves the name they ask for") {
    const Routed routed(Otherwise::upstream);
    check_led(routed.port, routed.one, hello_for("a.example"));
    check_led(routed.port, routed.one, hello_for("a.example", 9));
    check_led(routed.port, routed.two, hello_for("x.b.example"));
    check_led(routed.port, routed.usual, hello_for("c.example"));
    check_led(routed.port, routed.usual, hello_for(""));
    check_led(routed.port, routed.usual, "GET / HTTP/1.1\r\n\r\n");
}

TEST_CASE("a client that ends before its hello is whole is led where all others go") {
    const Routed routed(Otherwise::upstream);
    const Peer client = dial(routed.port);
    REQUIRE(client.send("\x16\x03\x01") == 3);
    client.finish();
    const Peer at_server = routed.usual.accept();
    REQUIRE(at_server.open());
    CHECK(at_server.receive(3) == "\x16\x03\x01");
    CHECK(at_server.end() == End::fin);
}

TEST_CASE("a name that nobody serves is reset, or told so, and reaches no server") {
    const Routed resets(Otherwise::reset);
    const Peer reset = dial(resets.port);
    (void)reset.send(hello_for("c.example"));
    CHECK(reset.end() == End::reset);
    const Routed tells(Otherwise::unrecognized_name);
    const Peer told = dial(tells.port);
    (void)told.send(hello_for("c.example"));
    CHECK(told.receive(7) == tls::unrecognized_name_alert());
    CHECK(told.end() == End::fin);
    const Peer plain = dial(tells.port);
    (void)plain.send("GET / HTTP/1.1\r\n\r\n");
    CHECK(plain.end() == End::reset);
    CHECK_FALSE(resets.usual.accept(0ms).open());
    CHECK_FALSE(tells.usual.accept(0ms).open());
    check_led(tells.port, tells.one, hello_for("a.example"));
}

}  // namespace gameday::testing::routing_relay_test
