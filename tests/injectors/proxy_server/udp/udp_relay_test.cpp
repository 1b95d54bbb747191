// Sessions of the relay of datagrams: how many, for how long, on which addresses.
#include "injectors/proxy_server/udp/udp_relay.hpp"
#include "tests/injectors/proxy_server/udp/udp_bench.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace udp_relay_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::ReadBuffer;
using proxy_server::udp::SessionLimits;
using proxy_server::udp::UdpEndpoint;
using proxy_server::udp::UdpRelay;
namespace net = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

// A relay before a server that answers every datagram with itself; both move only in until().
struct Bench {
    explicit Bench(const SessionLimits& limits, const std::string& listen = "127.0.0.1",
                   const std::string& upstream = "127.0.0.1")
        : server(context, UdpEndpoint(net::ip::make_address(upstream), 0)),
          relay(std::make_shared<UdpRelay>(context, scratch, limits)) {
        server.non_blocking(true);
        REQUIRE(!relay->open({net::ip::make_address(listen), 0},
                             {upstream, server.local_endpoint().port()}));
        relay->start();
    }
    ~Bench() {
        relay->close();
        context.run_for(1s);
    }

    bool until(const std::function<bool()>& done, Duration limit = patience) {
        const auto end = Clock::now() + limit;
        while (!done() && Clock::now() < end) {
            context.run_for(std::chrono::milliseconds(1));
            context.restart();
            echo();
        }
        return done();
    }
    void echo() {
        for (;;) {
            UdpEndpoint from;
            std::array<char, 2000> space{};
            boost::system::error_code error;
            const auto size = server.receive_from(net::buffer(space), from, 0, error);
            if (error) return;
            heard_from.push_back(from.port());
            server.send_to(net::buffer(space, size), from, 0, error);
        }
    }
    // Whether a client gets an answer to what it says.
    bool answers(UdpPeer& client, const std::string& text = "hello") {
        REQUIRE(client.send(text));
        std::optional<std::string> got;
        return until([&] {
                   if (!got) got = client.receive(0ms);
                   return got.has_value();
               }) &&
               *got == text;
    }
    [[nodiscard]] std::uint16_t port() const { return relay->listens_at().port(); }

    net::io_context context;
    net::ip::udp::socket server;
    ReadBuffer scratch{};
    std::shared_ptr<UdpRelay> relay;
    std::vector<std::uint16_t> heard_from;  // ports of sessions, datagram by datagram
};

}  // namespace

TEST_CASE("udp relay: where sessions are full the one that has been quiet for longest makes room") {
    Bench bench({2, 60s});
    UdpPeer one(bench.port()), two(bench.port()), three(bench.port());
    CHECK(bench.answers(one));
    CHECK(bench.answers(two));
    CHECK(bench.answers(one));
    CHECK(bench.relay->begun() == 2);
    CHECK(bench.heard_from[0] == bench.heard_from[2]);  // The same session as before.
    CHECK(bench.answers(three));                        // Instead of two, who was quiet.
    CHECK(bench.relay->sessions() == 2);
    CHECK(bench.answers(one));
    CHECK(bench.heard_from[0] == bench.heard_from[4]);
    CHECK(bench.relay->begun() == 3);
    CHECK(bench.answers(two));
    CHECK(bench.relay->begun() == 4);
    CHECK(bench.relay->sessions() == 2);
}

TEST_CASE("udp relay: a session ends when nobody has said anything for its time, and not before") {
    Bench bench({1000, 2s});
    UdpPeer talks(bench.port()), silent(bench.port());
    CHECK(bench.answers(silent));
    const auto end = Clock::now() + 4s;
    CHECK(bench.relay->sessions() == 1);
    while (Clock::now() < end) REQUIRE(bench.answers(talks));
    // It took 2 s and the next look, a quarter of that later; who talks stays.
    CHECK(bench.until([&] { return bench.relay->sessions() == 1; }, 0s));
    CHECK(bench.relay->begun() == 2);
    CHECK(bench.answers(silent));
    CHECK(bench.relay->begun() == 3);
    CHECK(bench.until([&] { return bench.relay->sessions() == 0; }));
}

TEST_CASE("udp relay: on a wildcard address answers come from the address that was asked") {
    Bench bench({10, 60s}, "0.0.0.0");
    UdpPeer client;
    sockaddr_in other = loopback(bench.port());
    other.sin_addr.s_addr = htonl(0x7F000007);  // 127.0.0.7
    // A connected socket hears nobody else.
    REQUIRE(::connect(client.fd(), reinterpret_cast<const sockaddr*>(&other), sizeof(other)) == 0);
    CHECK(bench.answers(client));
}

TEST_CASE("udp relay: IPv6, by its address and by the wildcard, which serves IPv4 as well") {
    for (const auto* listen : {"::1", "::"}) {
        INFO(listen);
        Bench bench({10, 60s}, listen, "::1");
        net::ip::udp::socket client(bench.context, net::ip::udp::v6());
        client.connect({net::ip::make_address("::1"), bench.port()});
        client.non_blocking(true);
        client.send(net::buffer("six", 3));
        std::array<char, 16> space{};
        std::size_t got = 0;
        CHECK(bench.until([&] {
            boost::system::error_code error;
            if (got == 0) got = client.receive(net::buffer(space), 0, error);
            return got > 0;
        }));
        CHECK(std::string(space.data(), got) == "six");
    }
    Bench both({10, 60s}, "::", "127.0.0.1");
    UdpPeer four(both.port());
    CHECK(both.answers(four));
}

}  // namespace udp_relay_test
