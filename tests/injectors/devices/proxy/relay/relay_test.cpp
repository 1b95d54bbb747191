// The proxy without a fault: it must not be noticed.
#include "tests/injectors/devices/proxy/bench.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace relay_test {

using namespace gameday;
using namespace gameday::testing;

namespace {

// What most servers and clients do: a piece does not wait for the ACK of the one before.
void send_at_once(const Peer& peer) {
    const int on = 1;
    REQUIRE(::setsockopt(peer.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
}

// The median of 41 exchanges, in ms: each side says what it has to say in two pieces, 1 ms apart.
// It is a median so that a machine that stalls now and then does not matter.
double exchange_ms(const Peer& client, const Peer& server) {
    const auto say = [](const Peer& from, const Peer& to) {
        REQUIRE(from.send("head") == 4);
        std::this_thread::sleep_for(1ms);
        REQUIRE(from.send("body") == 4);
        REQUIRE(to.receive(8) == "headbody");
    };
    std::vector<double> took;
    for (int i = 0; i < 41; ++i) {
        const Stopwatch watch;
        say(client, server);
        say(server, client);
        took.push_back(watch.ms());
    }
    std::ranges::nth_element(took, took.begin() + 20);
    return took[20];
}

}  // namespace

TEST_CASE("what is said in two pieces each way does not wait for delayed ACKs") {
    const Bench bench;
    const auto [client, server] = bench.pair();
    const Peer near = dial(bench.server.port());
    const Peer far = bench.server.accept();
    for (const Peer* each : {&client, &server, &near, &far}) send_at_once(*each);
    const double direct = exchange_ms(near, far);
    const double through = exchange_ms(client, server);
    INFO("direct " << direct << " ms, through the hop " << through << " ms");
    CHECK(through < direct + 15);  // A delayed ACK is 40 ms.
}

TEST_CASE("megabytes pass both ways at once unchanged") {
    const Bench bench;
    auto [client, server] = bench.pair();
    const std::string up = pattern(6'000'000), down = pattern(7'000'001);
    std::size_t sent_up = 0, sent_down = 0;
    std::string got_up;
    std::thread up_thread([&] { sent_up = client.send(up); });
    std::thread down_thread([&] { sent_down = server.send(down); });
    std::thread server_thread([&] { got_up = server.receive(up.size()); });
    const std::string got_down = client.receive(down.size());
    up_thread.join();
    down_thread.join();
    server_thread.join();
    CHECK(sent_up == up.size());
    CHECK(sent_down == down.size());
    CHECK((got_up == up));
    CHECK((got_down == down));
}

TEST_CASE("a half-close is carried and the answer still comes") {
    const Bench bench;
    auto [client, server] = bench.pair();
    REQUIRE(client.send("question") == 8);
    client.finish();
    CHECK(server.receive(8) == "question");
    CHECK(server.end() == End::fin);
    check_carries(server, client, "answer");
    server.close();
    CHECK(client.end() == End::fin);
}

TEST_CASE("a reset by the server is a reset for the client") {
    const Bench bench;
    auto [client, server] = bench.pair();
    check_carries(client, server, "hello");
    server.reset();
    CHECK(client.end() == End::reset);
}

TEST_CASE("a reset by the client is a reset for the server") {
    const Bench bench;
    auto [client, server] = bench.pair();
    check_carries(client, server, "hello");
    client.reset();
    CHECK(server.end() == End::reset);
}

TEST_CASE("a write to a server that has gone comes back as a reset") {
    const Bench bench;
    auto [client, server] = bench.pair();
    server.close();
    CHECK(client.end() == End::fin);
    REQUIRE(client.send("anybody?") == 8);  // The kernel of a closed server answers with RST.
    // After the FIN a read keeps returning the end of the stream; a write tells.
    const Stopwatch watch;
    while (client.send("x") == 1 && watch.ms() < 5000) std::this_thread::sleep_for(1ms);
    CHECK(client.send("x") == 0);
}

TEST_CASE("a server that refuses is a reset for the client and not a silence") {
    Bench bench;
    bench.server.close();
    const Peer client = bench.connect();
    CHECK(client.end() == End::reset);
}

TEST_CASE("what a server sent before it reset the connection still arrives") {
    const Bench bench;
    auto [client, server] = bench.pair();
    check_carries(server, client, "last words");
    server.reset();
    CHECK(client.end() == End::reset);
}

TEST_CASE("a reader that stalls slows its sender down instead of filling memory") {
    const Bench bench;
    auto [client, server] = bench.pair();
    const std::string flood = pattern(64'000'000);
    const std::size_t taken = client.send(flood, 500ms);
    CHECK(taken < flood.size());  // Kernel buffers on both sides of the hop, at most 6 MB each way.
    CHECK((server.receive(taken) == flood.substr(0, taken)));
}

TEST_CASE("a taken address is named with what to do about it") {
    const Listener taken;
    Topology topology;
    topology.links = {hop("a->b", taken.port(), 1)};
    const auto device = devices::proxy_kind.make({&topology, "", 1});
    const auto ready = device->ready();
    REQUIRE(ready.has_error());
    CHECK(ready.error().code == ErrorCode::refused);
    CHECK(ready.error().message == "hop \"a->b\": 127.0.0.1:" + std::to_string(taken.port()) +
                                       " is taken: stop what listens there, or give the link "
                                       "another listen address");
}

TEST_CASE("a link without a hop cannot be acted on and the message says what to declare") {
    const Bench bench;
    const auto bare = bench.device->perform(one, devices::proxy::set("bare", {.delay = 1ms}));
    REQUIRE(bare.has_error());
    CHECK(bare.error() == Error{ErrorCode::refused,
                                "link \"bare\" has no hop that is open: declare a hop under "
                                "system.links with listen"});
    const auto unknown = bench.device->perform(one, devices::proxy::set("x->y", {.delay = 1ms}));
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().message ==
          "link \"x->y\" is not in the system: declare a hop under system.links with listen");
}

TEST_CASE("clearing succeeds twice, on unknown links, and with no system at all") {
    const Bench bench;
    bench.set(one, {.cut = Cut::blackhole});
    bench.clear(one);
    bench.clear(one);
    CHECK(bench.device->perform(one, devices::proxy::clear("x->y")).has_value());
    const auto recovering = devices::proxy_kind.make({});
    CHECK(recovering->ready().has_value());
    CHECK(recovering->perform(one, devices::proxy::clear("a->b")).has_value());
    CHECK(recovering->affected(one) == 0);
}

TEST_CASE("the device closes promptly with connections in every state") {
    auto bench = std::make_unique<Bench>();
    auto busy = bench->pair();
    bench->set(one, {.cut = Cut::reset, .direction = Direction::from, .scope = Scope::established});
    auto stalled = bench->pair();
    CHECK(stalled.client.send(pattern(30'000'000), 200ms) > 0);
    bench->set(two, {.cut = Cut::hold, .delay = 60s});
    const Peer held = bench->connect();
    REQUIRE(held.send("waits") == 5);
    const Stopwatch watch;
    bench->device.reset();
    CHECK(watch.ms() < 10'000);  // Not the 60 s of the delay.
    CHECK(!dial(bench->port).open());
}

}  // namespace relay_test
