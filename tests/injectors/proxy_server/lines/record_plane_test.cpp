// What the plane has seen of real connections: bytes, ends, and which toxics met them.
#include "injectors/proxy_server/lines/relay_plane.hpp"
#include "tests/injectors/devices/proxy/loopback.hpp"

#include <fmt/format.h>

#include <functional>
#include <thread>
#include <vector>

namespace record_plane_test {

using namespace gameday;
using namespace gameday::testing;
using namespace gameday::proxy_server;
using devices::proxy::HowEnded;
using devices::proxy::name_of;

namespace {

struct Bench {
    Bench() { open(); }
    void open() {
        const auto opened =
            plane->open("db", "127.0.0.1:0", fmt::format("127.0.0.1:{}", server.port()), {});
        REQUIRE(opened.has_value());
        port = static_cast<std::uint16_t>(std::stoi(opened->substr(opened->rfind(':') + 1)));
    }
    std::pair<Peer, Peer> connect() const {
        Peer client = dial(port);
        REQUIRE(client.open());
        Peer at_server = server.accept();
        REQUIRE(at_server.open());
        return {std::move(client), std::move(at_server)};
    }
    // All that was seen, once nobody is connected any more.
    std::vector<SeenConnection> seen_when_over() const {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (plane->counts("db").open > 0) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return plane->seen("db");
    }

    Listener server;
    std::unique_ptr<DataPlane> plane = make_plane(1, 2);
    std::uint16_t port = 0;
};

// A connection that asks, is answered and ends as is right.
void talk(const Bench& bench, std::size_t asks, std::size_t answers) {
    auto [client, server] = bench.connect();
    const std::string asked(asks, 'q');
    const std::string answered(answers, 'a');
    CHECK(client.send(asked) == asks);
    CHECK(server.receive(asks) == asked);
    CHECK(server.send(answered) == answers);
    CHECK(client.receive(answers) == answered);
    client.finish();
    CHECK(server.end() == End::fin);
    server.finish();
    CHECK(client.end() == End::fin);
}

Toxic toxic(const std::string& name, const std::string& type,
            std::map<std::string, std::int64_t> attributes, Stream stream = Stream::downstream) {
    return {name, type, stream, 1, std::move(attributes)};
}

}  // namespace

TEST_CASE("seen: without toxics no fault is named, and bytes are counted exactly") {
    const Bench bench;
    for (std::size_t i = 1; i <= 20; ++i) talk(bench, i * 1000, i * 7);
    const auto seen = bench.seen_when_over();
    REQUIRE(seen.size() == 20);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        CAPTURE(i);
        CHECK(seen[i].record.number == i);
        CHECK(seen[i].record.bytes == std::array<std::uint64_t, 2>{(i + 1) * 1000, (i + 1) * 7});
        CHECK(name_of(seen[i].record.ended) == "fin_by_client");
        CHECK(seen[i].faults.empty());
    }
    const auto counts = bench.plane->counts("db");
    CHECK(counts.accepted == 20);
    CHECK(counts.ended.at(static_cast<std::size_t>(HowEnded::fin_by_client)) == 20);
    CHECK(counts.toxics.empty());
    CHECK(counts.not_http == 0);
}

TEST_CASE("seen: a toxic that met a connection is named, on none that it did not meet") {
    const Bench bench;
    talk(bench, 5, 5);
    bench.plane->put("db", {toxic("few", "limit_data", {{"bytes", 3}}, Stream::upstream)});
    {
        auto [client, server] = bench.connect();
        CHECK(client.send("12345") == 5);
        CHECK(server.receive(3) == "123");
        CHECK(client.end() != End::open);
    }
    bench.plane->put("db", {});
    talk(bench, 5, 5);
    const auto seen = bench.seen_when_over();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].faults.empty());
    CHECK(seen[1].faults == std::vector<std::string>{"few"});
    CHECK(name_of(seen[1].record.ended) == "limit");
    CHECK(seen[1].record.bytes[0] == 3);
    CHECK(seen[2].faults.empty());
    CHECK(bench.plane->counts("db").toxics.at("few") == 1);
}

TEST_CASE("seen: an upstream's RST is the upstream's, with a toxic as without") {
    const Bench bench;
    bench.plane->put("db", {toxic("slow", "latency", {{"latency", 1}, {"jitter", 0}})});
    auto [client, server] = bench.connect();
    server.reset();
    CHECK(client.end() == End::reset);
    const auto seen = bench.seen_when_over();
    REQUIRE(seen.size() == 1);
    CHECK(name_of(seen[0].record.ended) == "rst_by_upstream");
}

TEST_CASE("seen: a proxy that is closed and opened again goes on counting, until it is forgotten") {
    Bench bench;
    auto open_one = bench.connect();
    bench.plane->put("db", {toxic("slow", "latency", {{"latency", 1}, {"jitter", 0}})});
    CHECK(open_one.first.send("x") == 1);
    CHECK(open_one.second.send("y") == 1);
    CHECK(open_one.first.receive(1) == "y");
    bench.plane->close("db");
    CHECK(bench.plane->seen("db").size() == 1);
    CHECK(bench.plane->counts("db").toxics.at("slow") == 1);
    bench.open();
    talk(bench, 1, 1);
    const auto seen = bench.seen_when_over();
    REQUIRE(seen.size() == 2);
    CHECK(name_of(seen[0].record.ended) == "closed_by_proxy");
    CHECK(seen[0].faults == std::vector<std::string>{"slow"});
    CHECK(name_of(seen[1].record.ended) == "fin_by_client");
    CHECK(bench.plane->counts("db").accepted == 2);
    CHECK(bench.plane->counts("db").toxics.at("slow") == 1);
    bench.plane->close("db");
    bench.plane->forget("db");
    CHECK(bench.plane->seen("db").empty());
    CHECK(bench.plane->counts("db") == ProxyCounts{});
}

TEST_CASE("seen: a toxic that is removed and added again goes on counting; a refusal cannot") {
    const Bench bench;
    for (int i = 0; i < 3; ++i) {
        bench.plane->put("db", {toxic("t", "reset_peer", {{"timeout", 0}})});
        auto [client, server] = bench.connect();
        CHECK(server.send("x") == 1);
        CHECK(client.end() == End::reset);
        bench.plane->put("db", {});
    }
    CHECK(bench.plane->counts("db").toxics.at("t") == 3);
    bench.plane->put("db", {toxic("no", "refuse", {})});
    CHECK_FALSE(dial(bench.port).open());
    const auto counts = bench.plane->counts("db");
    REQUIRE(counts.toxics.contains("no"));
    CHECK_FALSE(counts.toxics.at("no").has_value());
    bench.plane->put("db", {});
}

TEST_CASE("seen: names of toxics that are gone are forgotten before they are too many") {
    const Bench bench;
    for (int i = 0; i < 2500; ++i) {
        bench.plane->put("db", {toxic(fmt::format("t{}", i), "noop", {})});
    }
    CHECK(bench.plane->counts("db").toxics.size() <= 1000);
    CHECK(bench.plane->counts("db").toxics.contains("t2499"));
}

}  // namespace record_plane_test
