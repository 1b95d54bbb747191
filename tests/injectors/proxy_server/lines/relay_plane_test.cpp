// What each toxic does to real connections.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/attempts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace relay_plane_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;

namespace {

using Clock = std::chrono::steady_clock;

// A proxy named "db" before a listener.
struct Bench {
    explicit Bench(std::uint64_t seed = 1) : plane(make_plane(seed)) {
        const auto opened =
            plane->open("db", "127.0.0.1:0", fmt::format("127.0.0.1:{}", server.port()), {});
        REQUIRE(opened.has_value());
        listen = *opened;
        port = static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1)));
    }
    void put(const std::string& type, std::map<std::string, std::int64_t> attributes,
             Stream stream = Stream::downstream, double toxicity = 1) const {
        plane->put("db", {{"t", type, stream, toxicity, std::move(attributes)}});
    }
    std::pair<Peer, Peer> connect() const {
        Peer client = dial(port);
        REQUIRE(client.open());
        Peer at_server = server.accept();
        REQUIRE(at_server.open());
        return {std::move(client), std::move(at_server)};
    }

    Listener server;
    std::unique_ptr<DataPlane> plane;
    std::string listen;
    std::uint16_t port = 0;
};

double ms_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

TEST_CASE("toxics: a latency is met downstream, not upstream, and a change keeps the order") {
    const Bench bench;
    bench.put("latency", {{"latency", 100}, {"jitter", 0}});
    auto [client, server] = bench.connect();
    CHECK(test::least_of(90.0, [&, &asking = client, &asked = server] {
              const auto begin = Clock::now();
              CHECK(asking.send("ask") == 3);
              CHECK(asked.receive(3) == "ask");
              return ms_since(begin);
          }) < 90);
    const auto begin = Clock::now();
    CHECK(server.send("one ") == 4);
    // The proxy has it.
    CHECK(test::comes_true([&] { return bench.plane->traffic("db").received_downstream == 4; }));
    bench.put("latency", {{"latency", 0}, {"jitter", 0}});
    CHECK(server.send("two") == 3);
    CHECK(client.receive(7) == "one two");
    CHECK(ms_since(begin) >= 99);
}

TEST_CASE("toxics: bandwidth is each connection's own, and 0 holds the bytes until it goes") {
    const Bench bench;
    bench.put("bandwidth", {{"rate", 100}});
    auto [one, server_one] = bench.connect();
    auto [two, server_two] = bench.connect();
    const std::string text(40'000, 'x');
    const auto begin = Clock::now();
    CHECK(server_one.send(text) == text.size());
    CHECK(server_two.send(text) == text.size());
    CHECK(one.receive(text.size()) == text);
    CHECK(two.receive(text.size()) == text);
    // 400 ms each at 100 KB/s, side by side; together they would take 800.
    CHECK(ms_since(begin) >= 395);
    CHECK(ms_since(begin) < 790);
    bench.put("bandwidth", {{"rate", 0}});
    CHECK(server_one.send("held") == 4);
    CHECK(one.receive(1, 150ms).empty());
    bench.plane->put("db", {});
    CHECK(one.receive(4) == "held");
}

TEST_CASE("toxics: a slow close delays the end and nothing else") {
    const Bench bench;
    bench.put("slow_close", {{"delay", 200}});
    CHECK(test::least_of(190.0, [&] {
              auto [client, server] = bench.connect();
              const auto begin = Clock::now();
              CHECK(server.send("bye") == 3);
              server.close();
              CHECK(client.receive(3) == "bye");
              const double took = ms_since(begin);
              CHECK(client.end() == End::fin);
              CHECK(ms_since(begin) >= 199);
              return took;
          }) < 190);
}

TEST_CASE("toxics: a timeout closes in time, however often somebody speaks") {
    const Bench bench;
    bench.put("timeout", {{"timeout", 300}}, Stream::upstream);
    auto [client, server] = bench.connect();
    const auto begin = Clock::now();
    for (int i = 0; i < 20 && ms_since(begin) < 250; ++i) {
        CHECK(client.send("x") == 1);
        CHECK(server.receive(1, 20ms).empty());
    }
    CHECK(client.end(5s) != End::open);
    CHECK(ms_since(begin) >= 290);
}

TEST_CASE("toxics: a timeout of 0 swallows for ever, and closes who has lost bytes when it goes") {
    const Bench bench;
    bench.put("timeout", {{"timeout", 0}});
    auto [client, server] = bench.connect();
    CHECK(server.send("lost") == 4);
    CHECK(client.receive(1, 200ms).empty());
    bench.plane->put("db", {});
    CHECK(client.end() == End::fin);
    auto [fresh, at_server] = bench.connect();
    CHECK(at_server.send("fine") == 4);
    CHECK(fresh.receive(4) == "fine");
}

TEST_CASE("toxics: of two timeouts, one each way, the first that goes closes who has lost bytes") {
    const Bench bench;
    const Toxic up{"up", "timeout", Stream::upstream, 1, {{"timeout", 0}}};
    const Toxic down{"down", "timeout", Stream::downstream, 1, {{"timeout", 0}}};
    bench.plane->put("db", {up, down});
    auto [client, server] = bench.connect();
    CHECK(client.send("lost") == 4);
    CHECK(server.receive(1, 200ms).empty());
    bench.plane->put("db", {down});
    CHECK(server.end() != End::open);
    CHECK(client.end() != End::open);
}

TEST_CASE("toxics: reset_peer lets no byte through, and resets so long after the first") {
    const Bench bench;
    auto standing = bench.connect();
    bench.put("reset_peer", {{"timeout", 100}});
    auto fresh = bench.connect();
    for (const auto* ends : {&standing, &fresh}) {
        const auto& [client, server] = *ends;
        CHECK(client.send("ask") == 3);
        CHECK(server.receive(3) == "ask");
        const auto begin = Clock::now();
        CHECK(server.send("answer") == 6);
        CHECK(client.receive(1, 50ms).empty());
        CHECK(client.end() == End::reset);
        CHECK(ms_since(begin) >= 99);
        CHECK(server.end() == End::reset);
    }
}

TEST_CASE("toxics: reset_peer without a timeout resets at the first read, the server is asked") {
    const Bench bench;
    bench.put("reset_peer", {{"timeout", 0}});
    for (int i = 0; i < 20; ++i) {
        auto [client, server] = bench.connect();
        CHECK(client.end(10ms) == End::open);
        CHECK(client.send("ask") == 3);
        CHECK(server.receive(3) == "ask");
        CHECK(server.send("answer") == 6);
        CHECK(client.end() == End::reset);
    }
    bench.put("reset_peer", {{"timeout", 0}}, Stream::upstream);
    auto [client, server] = bench.connect();
    CHECK(client.send("ask") == 3);
    CHECK(client.end() == End::reset);
    CHECK(server.end() == End::reset);
}

TEST_CASE("toxics: reset_peer makes RST of a FIN, and comes though it is removed meanwhile") {
    const Bench bench;
    bench.put("reset_peer", {{"timeout", 200}});
    auto [client, server] = bench.connect();
    const auto begin = Clock::now();
    server.finish();
    CHECK(test::comes_true([&] { return bench.plane->counts("db").toxics.at("t") == 1; }));
    bench.plane->put("db", {});
    CHECK(client.end() == End::reset);
    CHECK(ms_since(begin) >= 199);
}

TEST_CASE("toxics: with a toxicity of 0 nobody is reset, with a half about half") {
    const Bench bench(7);
    bench.put("reset_peer", {{"timeout", 0}}, Stream::downstream, 0);
    {
        auto [client, server] = bench.connect();
        server.close();
        CHECK(client.end() == End::fin);
    }
    bench.put("latency", {{"latency", 60}, {"jitter", 0}}, Stream::downstream, 0.5);
    int slow = 0;
    for (int i = 0; i < 40; ++i) {
        auto [client, server] = bench.connect();
        const auto begin = Clock::now();
        CHECK(server.send("x") == 1);
        CHECK(client.receive(1) == "x");
        slow += ms_since(begin) >= 59 ? 1 : 0;
    }
    CHECK(slow > 7);  // four deviations from 20
    CHECK(slow < 33);
}

TEST_CASE("toxics: a slicer cuts into pieces with gaps, and loses nothing") {
    const Bench bench;
    bench.put("slicer", {{"average_size", 100}, {"size_variation", 50}, {"delay", 2000}});
    auto [client, server] = bench.connect();
    std::string text;
    for (int i = 0; i < 1000; ++i) text += static_cast<char>('a' + i % 26);
    const auto begin = Clock::now();
    CHECK(server.send(text) == text.size());
    CHECK(client.receive(text.size()) == text);
    // Between 7 and 20 pieces of 50 to 150 bytes, 2 ms apart.
    CHECK(ms_since(begin) >= 12);
}

TEST_CASE("toxics: a slicer that goes or changes lets go at once of what it has cut") {
    const std::map<std::string, std::int64_t> minutes{
        {"average_size", 1}, {"size_variation", 0}, {"delay", 1'000'000}};
    for (const bool changes : {false, true}) {
        CAPTURE(changes);
        const Bench bench;
        bench.put("slicer", minutes);
        auto [client, server] = bench.connect();
        const std::string text(150, 'x');  // 149 s, but for the change
        CHECK(server.send(text) == text.size());
        server.finish();
        CHECK(client.receive(1) == "x");
        if (changes) {
            bench.put("slicer", {{"average_size", 1}, {"size_variation", 0}, {"delay", 1}});
        } else {
            bench.plane->put("db", {});
        }
        CHECK(client.receive(text.size() - 1) == text.substr(1));
        CHECK(client.end() == End::fin);
    }
}

TEST_CASE("toxics: a slow close that goes lets go at once, one that changes counts anew") {
    const Bench bench;
    const Toxic latency{"l", "latency", Stream::downstream, 1, {{"latency", 300}}};
    const auto slow = [](std::int64_t ms) {
        return Toxic{"s", "slow_close", Stream::downstream, 1, {{"delay", ms}}};
    };
    for (const bool goes : {true, false}) {
        CAPTURE(goes);
        bench.plane->put("db", {latency, slow(3'600'000)});
        auto [client, server] = bench.connect();
        const auto begin = Clock::now();
        CHECK(server.send("bye") == 3);
        server.finish();
        // What it has said is under way for as long as the latency says, toxic or not.
        CHECK(client.receive(3) == "bye");
        CHECK(client.end(50ms) == End::open);
        bench.plane->put("db", goes ? std::vector{latency} : std::vector{latency, slow(500)});
        CHECK(client.end(10s) == End::fin);
        CHECK(ms_since(begin) >= (goes ? 299 : 799));
    }
}

TEST_CASE("toxics: limit_data lets exactly so many bytes through, then closes") {
    const Bench bench;
    bench.put("limit_data", {{"bytes", 1000}});
    auto [client, server] = bench.connect();
    CHECK(server.send(std::string(600, 'a')) == 600);
    CHECK(client.receive(600).size() == 600);
    CHECK(server.send(std::string(5000, 'b')) > 0);
    CHECK(client.receive(5000) == std::string(400, 'b'));
    CHECK(client.end() == End::fin);
}

TEST_CASE("toxics: a slow close delays the ends that other toxics make, too") {
    const Toxic slow{"slow", "slow_close", Stream::downstream, 1, {{"delay", 300}}};
    struct Row {
        Toxic toxic;
        double least_ms;
        End end;
    };
    const std::vector<Row> rows{
        {{"t", "limit_data", Stream::downstream, 1, {{"bytes", 3}}}, 299, End::fin},
        {{"t", "timeout", Stream::downstream, 1, {{"timeout", 100}}}, 399, End::fin},
        {{"t", "reset_peer", Stream::downstream, 1, {{"timeout", 100}}}, 399, End::reset},
    };
    for (const Row& row : rows) {
        CAPTURE(row.toxic.type);
        const Bench bench;
        const auto begin = Clock::now();
        bench.plane->put("db", {row.toxic, slow});
        auto [client, server] = bench.connect();
        CHECK(server.send("1234") == 4);
        if (row.toxic.type == "limit_data") CHECK(client.receive(3) == "123");
        CHECK(client.end() == row.end);
        CHECK(ms_since(begin) >= row.least_ms);
    }
}

TEST_CASE("toxics: an address that is taken is told as Toxiproxy tells it") {
    const Listener taken;
    const auto plane = make_plane(1);
    const auto where = fmt::format("127.0.0.1:{}", taken.port());
    const auto opened = plane->open("db", where, "127.0.0.1:1", {});
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().message == "listen tcp " + where + ": bind: address already in use");
    CHECK(plane->open("any", "", "127.0.0.1:1", {})->starts_with("[::]:"));
    CHECK_FALSE(plane->open("odd", "127.0.0.1", "127.0.0.1:1", {}).has_value());
}

TEST_CASE("toxics: an upstream that nobody knows is like one that refuses, and why is told once") {
    std::mutex mutex;
    std::vector<std::string> said;
    const auto plane = make_plane(1, 2, [&](const std::string& line) {
        const std::lock_guard lock(mutex);
        said.push_back(line);
    });
    const auto opened = plane->open("db", "127.0.0.1:0", "no-such-host.invalid:80", {});
    REQUIRE(opened.has_value());
    for (int i = 0; i < 3; ++i) {
        const auto client =
            dial(static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1))));
        REQUIRE(client.open());
        CHECK(client.end(20s) == End::fin);
    }
    plane->close("db");
    const auto seen = plane->seen("db");
    REQUIRE(seen.size() == 3);
    const std::string lookup = "lookup no-such-host.invalid: ";
    for (const auto& each : seen) {
        REQUIRE(each.record.why != nullptr);
        CHECK(each.record.why->substr(0, lookup.size()) == lookup);
    }
    CHECK(test::comes_true([&] {
        const std::lock_guard lock(mutex);
        return !said.empty();
    }));
    CHECK(said ==
          std::vector{"proxy db: the upstream cannot be reached: " + *seen.front().record.why});
    CHECK_FALSE(
        dial(static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1)))).open());
}

TEST_CASE("toxics: a proxy that opens with toxics lets no byte of its first client past them") {
    const Listener server;
    const auto plane = make_plane(1);
    const auto opened = plane->open("db", "127.0.0.1:0", fmt::format("127.0.0.1:{}", server.port()),
                                    {{"t", "limit_data", Stream::upstream, 1, {{"bytes", 3}}}});
    REQUIRE(opened.has_value());
    const auto client =
        dial(static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1))));
    CHECK(client.send("four") == 4);
    const auto at_server = server.accept();
    CHECK(at_server.receive(4) == "fou");
    CHECK(at_server.end() == End::fin);
}

}  // namespace relay_plane_test
