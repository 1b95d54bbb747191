// What the extras of a proxy do to real connections.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <fmt/format.h>

#include <chrono>
#include <vector>

namespace extras_relay_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;

namespace {

Extras draining() {
    Extras extras;
    extras.drain = true;
    return extras;
}

std::string address(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

std::uint16_t port_of(const std::string& listen) {
    return static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1)));
}

// Whether a connection through the proxy reaches this server.
bool reaches(std::uint16_t port, const Listener& server) {
    const Peer client = dial(port);
    const Peer at_server = server.accept(client.open() ? Duration(patience) : Duration{});
    return at_server.open() && client.send("hi") == 2 && at_server.receive(2) == "hi";
}

}  // namespace

TEST_CASE("a proxy that drains refuses new clients, and serves those it has to their end") {
    const Listener server;
    const auto plane = make_plane(1);
    const auto listen = plane->open("db", "127.0.0.1:0", address(server.port()), {});
    REQUIRE(listen.has_value());
    const auto port = port_of(*listen);
    const Peer client = dial(port);
    Peer at_server = server.accept();
    plane->put("db", {}, draining());
    CHECK(plane->connections("db") == 1);
    CHECK_FALSE(dial(port).open());
    CHECK(errno == ECONNREFUSED);
    CHECK(client.send("still") == 5);
    CHECK(at_server.receive(5) == "still");
    CHECK(at_server.send("here") == 4);
    CHECK(client.receive(4) == "here");
    at_server.close();
    CHECK(client.end() == End::fin);
    client.finish();
    for (int i = 0; i < 1000 && plane->connections("db") > 0; ++i) ::usleep(10'000);
    CHECK(plane->connections("db") == 0);
    plane->put("db", {});
    CHECK(reaches(port, server));
}

TEST_CASE("a proxy that is opened to drain accepts nobody, until it drains no more") {
    const Listener server;
    const auto plane = make_plane(1);
    const auto listen = plane->open("db", "127.0.0.1:0", address(server.port()), {}, draining());
    REQUIRE(listen.has_value());
    CHECK_FALSE(dial(port_of(*listen)).open());
    plane->put("db", {});
    CHECK(reaches(port_of(*listen), server));
}

TEST_CASE("clients of an upstream that refuses see FIN as Toxiproxy's do, and RST where asked") {
    const auto plane = make_plane(1);
    Extras extras;
    for (const auto& upstream : {address(free_port()), std::string("nobody.invalid:1")}) {
        for (const bool reset : {false, true}) {
            INFO(upstream << ' ' << reset);
            extras.refusal_is_reset = reset;
            const auto listen = plane->open("db", "127.0.0.1:0", upstream, {}, extras);
            REQUIRE(listen.has_value());
            plane->put("db", {}, extras);
            int resets = 0, ends = 0;
            for (int i = 0; i < 20; ++i) {
                const Peer client = dial(port_of(*listen));
                const End end = client.open() ? client.end() : End::reset;
                resets += end == End::reset ? 1 : 0;
                ends += end == End::fin ? 1 : 0;
            }
            CHECK(resets == (reset ? 20 : 0));
            CHECK(ends == (reset ? 0 : 20));
            plane->close("db");
        }
    }
}

TEST_CASE("a proxy that connects first refuses while its upstream refuses, and no longer") {
    const auto upstream = free_port();  // Nobody listens there yet.
    const auto plane = make_plane(1);
    Extras extras;
    extras.connect_first = true;
    const auto listen = plane->open("db", "127.0.0.1:0", address(upstream), {}, extras);
    REQUIRE(listen.has_value());
    const auto port = port_of(*listen);
    bool refused = false;
    for (int i = 0; i < 1000 && !refused; ++i) {
        refused = !dial(port).open() && errno == ECONNREFUSED;
        if (!refused) ::usleep(10'000);
    }
    CHECK(refused);
    const Listener server(upstream);
    Peer client;
    for (int i = 0; i < 1000 && !client.open(); ++i) {
        client = dial(port);
        if (!client.open()) ::usleep(10'000);
    }
    REQUIRE(client.open());
    CHECK(client.send("hi") == 2);
    for (int i = 0; i < 20; ++i) {  // Probes connect as well, and say nothing.
        const Peer peer = server.accept();
        if (peer.receive(2) == "hi") return;
    }
    FAIL("the client did not reach the server");
}

TEST_CASE("a proxy that connects first refuses nobody while its upstream accepts") {
    const Listener server;
    const auto plane = make_plane(1);
    Extras extras;
    extras.connect_first = true;
    const auto listen = plane->open("db", "127.0.0.1:0", address(server.port()), {}, extras);
    REQUIRE(listen.has_value());
    for (int i = 0; i < 50; ++i) {
        CHECK(dial(port_of(*listen)).open());
        ::usleep(20'000);
    }
}

TEST_CASE("proxies of a group share one budget, and others have no part in it") {
    const Listener server;
    const auto plane = make_plane(1);
    Extras extras;
    extras.budget = GroupRate{"wan", 100'000};
    std::vector<Peer> clients;
    std::vector<Peer> servers;
    for (const auto* name : {"one", "two", "free"}) {
        if (name == std::string("free")) extras.budget.reset();
        const auto listen = plane->open(name, "127.0.0.1:0", address(server.port()), {}, extras);
        REQUIRE(listen.has_value());
        clients.push_back(dial(port_of(*listen)));
        servers.push_back(server.accept());
        REQUIRE(servers.back().open());
    }
    const std::string text(40'000, 'x');
    const auto begin = std::chrono::steady_clock::now();
    const auto ms = [&begin] {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count();
    };
    for (const Peer& client : clients) CHECK(client.send(text) == text.size());
    CHECK(servers[2].receive(text.size()) == text);
    CHECK(ms() < 700);  // With a part in the budget it would take 1200.
    CHECK(servers[0].receive(text.size()) == text);
    CHECK(servers[1].receive(text.size()) == text);
    CHECK(ms() >= 795);  // 80,000 bytes at 100 KB/s, but for the first slice's start
    // The other direction has a budget of its own, which is not spent.
    CHECK(servers[0].send("back") == 4);
    CHECK(clients[0].receive(4) == "back");
}

TEST_CASE("an upstream that moves leaves live connections on the old one") {
    const Listener old;
    const Listener other;
    const auto plane = make_plane(1);
    const auto listen = plane->open("db", "127.0.0.1:0", address(old.port()), {});
    REQUIRE(listen.has_value());
    const auto port = port_of(*listen);
    const Peer client = dial(port);
    const Peer at_old = old.accept();
    plane->move("db", address(other.port()));
    CHECK(reaches(port, other));
    CHECK(client.send("stays") == 5);
    CHECK(at_old.receive(5) == "stays");
    CHECK_FALSE(old.accept(0ms).open());
}

TEST_CASE("HTTP faults of a proxy come, go on counting and go while a connection stands") {
    const Listener server;
    const auto plane = make_plane(1);
    const auto listen = plane->open("web", "127.0.0.1:0", address(server.port()), {});
    REQUIRE(listen.has_value());
    const Peer client = dial(port_of(*listen));
    const Peer at_server = server.accept();
    const std::string get = "GET /a HTTP/1.1\r\n\r\n";
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const auto relayed = [&] {
        return client.send(get) == get.size() && at_server.receive(get.size()) == get &&
               at_server.send(ok) == ok.size() && client.receive(ok.size()) == ok;
    };
    const auto answered = [&] {
        return client.send(get) == get.size() &&
               client.receive(ok.size()).starts_with("HTTP/1.1 500 ") &&
               client.receive(1000, 50ms).ends_with("\r\n\r\n");
    };
    CHECK(relayed());
    Extras extras;
    extras.http.resize(1);
    extras.http[0].answer = devices::proxy::http::Answer{500, ""};
    extras.http[0].every = 2;
    plane->put("web", {}, extras);
    CHECK(relayed());
    plane->put("web", {}, extras);  // The same again.
    CHECK(answered());
    CHECK(relayed());
    extras.http[0].path = "/b";
    plane->put("web", {}, extras);
    CHECK(relayed());
    CHECK(relayed());
    plane->put("web", {}, {});
    CHECK(relayed());
}

}  // namespace extras_relay_test
