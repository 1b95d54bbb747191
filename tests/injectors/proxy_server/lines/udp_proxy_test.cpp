// Proxies of datagrams on real sockets.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/proxy_server/udp/udp_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace udp_proxy_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;

namespace {

using Texts = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

Extras udp() {
    Extras extras;
    extras.protocol = Protocol::udp;
    return extras;
}

// A UDP proxy named "dns" before a server.
struct Bench {
    explicit Bench(std::vector<Toxic> toxics = {}, std::uint64_t seed = 1)
        : plane(make_plane(seed)) {
        const auto opened = plane->open("dns", "127.0.0.1:0",
                                        fmt::format("127.0.0.1:{}", server.port()), toxics, udp());
        REQUIRE(opened.has_value());
        port = static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1)));
    }
    void put(const std::string& type, std::map<std::string, std::int64_t> attributes,
             Stream stream = Stream::upstream) const {
        plane->put("dns", {{"t", type, stream, 1, std::move(attributes)}}, udp());
    }
    // What of `count` numbered datagrams arrives at the server, in order of arrival.
    // Waits for the proxy now and then, so that no buffer of the kernel's overflows.
    Texts pass(const UdpPeer& client, int count) {
        Texts arrived;
        std::uint64_t sent = plane->traffic("dns").received_upstream;
        for (int i = 0; i < count; ++i) {
            const auto text = std::to_string(i);
            CHECK(client.send(text));
            sent += text.size();
            if (i % 50 != 49) continue;
            for (int wait = 0; wait < 5000 && plane->traffic("dns").received_upstream < sent;
                 ++wait) {
                ::usleep(1000);
            }
            while (auto each = server.receive(0ms)) arrived.push_back(std::move(*each));
        }
        for (auto& each : server.receive_all(300ms)) arrived.push_back(std::move(each));
        return arrived;
    }

    UdpPeer server;
    std::unique_ptr<DataPlane> plane;
    std::uint16_t port = 0;
};

Texts numbered(int count) {
    Texts texts;
    for (int i = 0; i < count; ++i) texts.push_back(std::to_string(i));
    return texts;
}

double ms_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

TEST_CASE("udp: datagrams keep their boundaries, and answers find each client") {
    Bench bench;
    UdpPeer one(bench.port);
    UdpPeer two(bench.port);
    const std::string large(60'000, 'l');
    CHECK(one.send(large));
    CHECK(one.send(""));
    CHECK(bench.server.receive() == large);
    CHECK(bench.server.receive() == "");
    const auto session_of_one = bench.server.last();
    CHECK(two.send("two"));
    CHECK(bench.server.receive() == "two");
    CHECK(bench.server.answer("for two", bench.server.last()));
    CHECK(bench.server.answer("for one", session_of_one));
    CHECK(one.receive() == "for one");
    CHECK(two.receive() == "for two");
    CHECK(bench.plane->connections("dns") == 2);
    const auto traffic = bench.plane->traffic("dns");
    CHECK(traffic == Traffic{60'003, 60'003, 14, 14});
}

TEST_CASE("udp: a latency delays each datagram, one way only, and keeps the order") {
    Bench bench;
    bench.put("latency", {{"latency", 100}, {"jitter", 50}});
    const UdpPeer client(bench.port);
    const auto begin = Clock::now();
    CHECK(bench.pass(client, 20) == numbered(20));
    CHECK(ms_since(begin) >= 50);
    bench.plane->put("dns", {}, udp());
    CHECK(client.send("ask"));
    CHECK(bench.server.receive() == "ask");
}

TEST_CASE("udp: bandwidth paces a session, and 0 holds its datagrams until it goes") {
    Bench bench;
    bench.put("bandwidth", {{"rate", 100}});
    const UdpPeer client(bench.port);
    const auto begin = Clock::now();
    for (int i = 0; i < 20; ++i) CHECK(client.send(std::string(1000, 'x')));
    for (int i = 0; i < 20; ++i) CHECK(bench.server.receive().has_value());
    CHECK(ms_since(begin) >= 199);  // 20,000 bytes at 100 KB/s
    bench.put("bandwidth", {{"rate", 0}});
    CHECK(client.send("held"));
    CHECK_FALSE(bench.server.receive(150ms).has_value());
    bench.plane->put("dns", {}, udp());
    CHECK(bench.server.receive() == "held");
}

TEST_CASE("udp: a loss is of the share asked for, and the same for the same seed") {
    Texts arrived;
    for (const std::uint64_t seed : {7U, 7U, 8U}) {
        Bench bench({{"t", "packet_loss", Stream::upstream, 1, {{"loss", 100'000}}}}, seed);
        const UdpPeer client(bench.port);
        const auto now = bench.pass(client, 2000);
        // 1800 expected, 13.4 the deviation: five of them.
        CHECK(now.size() > 1733);
        CHECK(now.size() < 1867);
        if (!arrived.empty()) CHECK((now == arrived) == (seed == 7));
        arrived = now;
    }
}

TEST_CASE("udp: a duplicate follows its datagram, and nothing is lost") {
    Bench bench({{"t", "duplicate", Stream::upstream, 1, {{"share", 500'000}}}});
    const UdpPeer client(bench.port);
    auto arrived = bench.pass(client, 200);
    CHECK(arrived.size() > 250);  // 300 expected, 7 the deviation
    CHECK(arrived.size() < 350);
    arrived.erase(std::unique(arrived.begin(), arrived.end()), arrived.end());
    CHECK(arrived == numbered(200));
}

TEST_CASE("udp: a datagram that is reordered is passed by so many, or waits 100 ms for them") {
    Bench bench({{"t", "reorder", Stream::upstream, 1, {{"share", 200'000}, {"gap", 3}}}});
    const UdpPeer client(bench.port);
    auto arrived = bench.pass(client, 500);
    REQUIRE(arrived.size() == 500);
    int late = 0;
    for (std::size_t i = 0; i + 1 < arrived.size(); ++i) {
        if (std::stoi(arrived[i]) > std::stoi(arrived[i + 1])) ++late;
    }
    CHECK(late > 30);  // 100 are drawn; some of them next to one another
    std::ranges::sort(arrived, {}, [](const auto& text) { return std::stoi(text); });
    CHECK(arrived == numbered(500));
    bench.put("reorder", {{"share", 1'000'000}, {"gap", 1}});
    const auto begin = Clock::now();
    CHECK(client.send("alone"));
    CHECK(bench.server.receive() == "alone");
    CHECK(ms_since(begin) >= 99);
}

TEST_CASE("udp: a client is told that the upstream's port is unreachable") {
    Bench bench;
    bench.server.close();
    UdpPeer client(bench.port);
    bool refused = false;
    for (int i = 0; i < 100 && !refused; ++i) {
        refused = !client.send("anybody?") && errno == ECONNREFUSED;
        ::usleep(10'000);
    }
    CHECK(refused);
    // A second later the upstream is asked again.
    UdpPeer healthy(bench.port);
    refused = true;
    for (int i = 0; i < 300 && refused; ++i) {
        ::usleep(10'000);
        refused = !healthy.send("now?") && errno == ECONNREFUSED;
    }
    CHECK_FALSE(refused);
}

TEST_CASE("udp: with a sound upstream no client is told that it is unreachable") {
    Bench bench;
    const UdpPeer client(bench.port);
    for (int i = 0; i < 100; ++i) {
        REQUIRE(client.send("fine"));
        REQUIRE(bench.server.receive() == "fine");
    }
}

TEST_CASE("udp: a drain serves the sessions there are and takes no others") {
    Bench bench;
    UdpPeer old(bench.port);
    CHECK(old.send("before"));
    CHECK(bench.server.receive() == "before");
    auto draining = udp();
    draining.drain = true;
    bench.plane->put("dns", {}, draining);
    const UdpPeer fresh(bench.port);
    CHECK(fresh.send("lost"));
    CHECK(old.send("still"));
    CHECK(bench.server.receive() == "still");
    CHECK_FALSE(bench.server.receive(100ms).has_value());
    CHECK(bench.plane->connections("dns") == 1);
}

TEST_CASE("udp: an address that is taken is told") {
    const UdpPeer taken;
    const auto plane = make_plane(1);
    const auto where = fmt::format("127.0.0.1:{}", taken.port());
    const auto opened = plane->open("dns", where, "127.0.0.1:1", {}, udp());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().message == "listen udp " + where + ": bind: address already in use");
}

}  // namespace udp_proxy_test
