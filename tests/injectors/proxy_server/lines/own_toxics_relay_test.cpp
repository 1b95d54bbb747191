// What the toxics that Toxiproxy does not have do to real connections.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/packets.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

namespace own_toxics_relay_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;

namespace {

// A proxy named "db" before a listener.
struct Bench {
    explicit Bench(std::uint64_t seed = 1) : plane(make_plane(seed)) {
        const auto opened =
            plane->open("db", "127.0.0.1:0", fmt::format("127.0.0.1:{}", server.port()), {});
        REQUIRE(opened.has_value());
        port = static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1)));
    }
    void put(const std::string& type, std::map<std::string, std::int64_t> attributes = {},
             Stream stream = Stream::downstream) const {
        plane->put("db", {{"t", type, stream, 1, std::move(attributes)}});
    }
    void heal() const { plane->put("db", {}); }
    [[nodiscard]] std::pair<Peer, Peer> connect() const {
        Peer client = dial(port);
        REQUIRE(client.open());
        Peer at_server = server.accept();
        REQUIRE(at_server.open());
        return {std::move(client), std::move(at_server)};
    }

    Listener server;
    std::unique_ptr<DataPlane> plane;
    std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("own toxics: a black hole takes the packets of its stream") {
    if (!may_filter()) return;
    for (const Stream stream : {Stream::upstream, Stream::downstream}) {
        const Bench bench;
        const auto [client, server] = bench.connect();
        const bool up = stream == Stream::upstream;
        const Peer& mute = up ? client : server;
        const Peer& heard = up ? server : client;
        bench.put("blackhole", {}, stream);
        give_up_after(mute, 5000);
        REQUIRE(mute.send("lost") == 4);
        CHECK(heard.receive(1, 300ms).empty());
        REQUIRE(heard.send("arrives") == 7);
        CHECK(mute.receive(7) == "arrives");
        CHECK(Dialling(bench.port).connected(200ms) == ETIMEDOUT);
        bench.heal();
        CHECK(heard.receive(4) == "lost");
    }
}

TEST_CASE("own toxics: a loss of 1 % or 5 % costs segments and no byte") {
    if (!may_filter()) return;
    for (const Stream stream : {Stream::upstream, Stream::downstream}) {
        for (const auto& [ppm, megabytes] : {std::pair{10'000, 100}, {50'000, 40}, {0, 40}}) {
            CAPTURE(ppm);
            const Bench bench;
            const auto [client, server] = bench.connect();
            const Peer& from = stream == Stream::upstream ? client : server;
            const Peer& to = stream == Stream::upstream ? server : client;
            bench.put("packet_loss", {{"loss", ppm}}, stream);
            const auto sent =
                send_pattern(from, to, static_cast<std::size_t>(megabytes) * 1'000'000);
            CHECK(sent.whole);
            // On loopback a packet is one segment, and each that is lost is sent again at least
            // once. Binomial; of what was sent again needlessly, the last may not be reported.
            const double mean = ppm / 1e6 * sent.segments;
            const double needed = sent.again - sent.needless;
            CAPTURE(sent.again, sent.needless);
            CHECK(sent.again >= mean - 5 * std::sqrt(mean));
            CHECK(needed <= 1.5 * mean + 5 * std::sqrt(mean) + 12);
        }
    }
}

TEST_CASE("own toxics: refusing answers a SYN with RST and keeps those inside") {
    const Bench bench;
    const auto [client, server] = bench.connect();
    bench.put("refuse");
    CHECK(Dialling(bench.port).connected(patience) == ECONNREFUSED);
    check_round_trip(client, server);
    bench.heal();
    const auto [fresh, accepted] = bench.connect();
    check_round_trip(fresh, accepted);
}

TEST_CASE("own toxics: a hang accepts and says nothing, never_accept does not accept") {
    if (!may_filter()) return;
    for (const std::string type : {"hang", "never_accept"}) {
        CAPTURE(type);
        const Bench bench;
        const auto [client, server] = bench.connect();
        bench.put(type);
        const Dialling fresh(bench.port);
        const bool hangs = type == "hang";
        CHECK(fresh.connected(hangs ? patience : 300ms) == (hangs ? 0 : ETIMEDOUT));
        if (hangs) REQUIRE(fresh.peer().send("hello") == 5);
        CHECK(!bench.server.accept(200ms).open());
        CHECK(fresh.peer().end(0ms) == End::open);
        check_round_trip(client, server);
        bench.heal();
        CHECK(fresh.connected(patience) == 0);
        const Peer accepted = bench.server.accept();
        if (hangs) CHECK(accepted.receive(5) == "hello");
        check_round_trip(fresh.peer(), accepted);
    }
}

TEST_CASE("own toxics: a storm resets so many, the same for the same seed") {
    const auto struck = [](std::uint64_t seed) {
        const Bench bench(seed);
        std::vector<std::pair<Peer, Peer>> pairs;
        for (int i = 0; i < 20; ++i) pairs.push_back(bench.connect());
        bench.put("reset_storm", {{"count", 6}, {"rate", 0}});
        std::string who;
        for (const auto& [client, server] : pairs) {
            const bool gone = client.end(0ms) == End::reset;
            if (gone) CHECK(server.end() == End::reset);
            if (!gone) check_round_trip(client, server);
            who += gone ? 'x' : '.';
        }
        CHECK(std::ranges::count(who, 'x') == 6);
        return who;
    };
    const auto first = struck(3);
    CHECK(struck(3) == first);
    CHECK(struck(4) != first);
}

TEST_CASE("own toxics: where packets may not be filtered the plane says what is missing") {
    const WithoutNetAdmin unprivileged;
    const auto plane = make_plane(1);
    const auto may = devices::proxy::may_filter_packets();
    CHECK((plane->may_filter() == may));
    if (!may) CHECK(may.error().message.find("unshare -Urn") != std::string::npos);
}

}  // namespace own_toxics_relay_test
