// Each cut, in each direction, on each scope, as the client and the server see it.
#include "tests/injectors/devices/proxy/bench.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace cuts_test {

using namespace gameday;
using namespace gameday::testing;

TEST_CASE("a hold in one direction holds that one and lets the other flow") {
    for (const Direction direction : {Direction::to, Direction::from, Direction::both}) {
        const Bench bench;
        const auto [client, server] = bench.pair();
        check_carries(client, server, "before");
        bench.set(one, {.cut = Cut::hold, .direction = direction});
        REQUIRE(client.send("question") == 8);
        REQUIRE(server.send("answer") == 6);
        const bool to = direction != Direction::from, from = direction != Direction::to;
        if (to) CHECK(hears_nothing(server));
        if (from) CHECK(hears_nothing(client));
        if (!to) CHECK(server.receive(8) == "question");
        if (!from) CHECK(client.receive(6) == "answer");
        CHECK(bench.device->affected(one) == (to ? 1 : 0) + (from ? 1 : 0));
        bench.clear(one);
        if (to) CHECK(server.receive(8) == "question");
        if (from) CHECK(client.receive(6) == "answer");
    }
}

TEST_CASE("megabytes that are held arrive whole after it is healed") {
    const Bench bench;
    const auto [client, server] = bench.pair();
    bench.set(one, {.cut = Cut::hold});
    const std::string text = pattern(20'000'000);
    std::size_t sent = 0;
    std::thread sender([&, &from = client] { sent = from.send(text, 30s); });
    CHECK(hears_nothing(server));
    bench.clear(one);
    CHECK((server.receive(text.size(), 30s) == text));
    sender.join();
    CHECK(sent == text.size());
}

TEST_CASE("a new connection in a hold is accepted by the kernel and goes nowhere until healed") {
    for (const Direction direction : {Direction::to, Direction::from, Direction::both}) {
        const Bench bench;
        bench.set(one, {.cut = Cut::hold, .direction = direction});
        const Peer client = bench.connect();
        REQUIRE(client.send("hello") == 5);
        CHECK(!bench.server.accept(quiet).open());
        CHECK(client.end(0ms) == End::open);
        CHECK(bench.device->affected(one) == 1);
        bench.clear(one);
        const Peer server = bench.server.accept();
        REQUIRE(server.open());
        CHECK(server.receive(5) == "hello");
        check_carries(server, client, "welcome");
    }
}

TEST_CASE("a client that gave up while it was held never reaches the server") {
    const Bench bench;
    bench.set(one, {.cut = Cut::hold});
    {
        const Peer client = bench.connect();
        REQUIRE(client.send("write 1") == 7);
    }
    CHECK(hears_nothing(bench.connect()));  // Accepted after it: so the first one is as well.
    bench.clear(one);
    CHECK(!bench.server.accept(quiet).open());
}

TEST_CASE("a hold for fresh connections leaves the established ones alone") {
    const Bench bench;
    const auto old = bench.pair();
    bench.set(one, {.cut = Cut::hold, .scope = Scope::fresh});
    check_carries(old.client, old.server, "still here");
    const Peer fresh = bench.connect();
    CHECK(!bench.server.accept(quiet).open());
}

TEST_CASE("a hold for established connections lets fresh ones pass") {
    const Bench bench;
    const auto old = bench.pair();
    bench.set(one, {.cut = Cut::hold, .scope = Scope::established});
    const auto fresh = bench.pair();
    check_carries(fresh.client, fresh.server, "new way");
    REQUIRE(old.client.send("stale") == 5);
    CHECK(hears_nothing(old.server));
}

TEST_CASE("an end that came during a hold is mirrored after it and not before") {
    for (const End how : {End::fin, End::reset}) {
        const Bench bench;
        auto [client, server] = bench.pair();
        bench.set(one, {.cut = Cut::hold});
        if (how == End::fin) REQUIRE(server.send("late") == 4);
        if (how == End::fin)
            server.close();
        else
            server.reset();
        CHECK(hears_nothing(client));
        bench.clear(one);
        if (how == End::fin) CHECK(client.receive(4) == "late");
        CHECK(client.end() == how);
    }
}

TEST_CASE("a refusing server behind a hold stays silent until it is healed") {
    Bench bench;
    bench.set(one, {.cut = Cut::hold});
    bench.server.close();
    const Peer client = bench.connect();
    CHECK(hears_nothing(client));
    bench.clear(one);
    CHECK(client.end() == End::reset);
}

TEST_CASE("a reset ends established connections on both sides at once") {
    const Bench bench;
    const auto [client, server] = bench.pair();
    bench.set(one, {.cut = Cut::reset});
    CHECK(client.end() == End::reset);
    CHECK(server.end() == End::reset);
    CHECK(bench.device->affected(one) == 1);
    const Peer fresh = bench.connect();
    CHECK(fresh.end() == End::reset);
    CHECK(!bench.server.accept(quiet).open());
    CHECK(bench.device->affected(one) == 2);
    bench.clear(one);
    const auto healed = bench.pair();
    check_carries(healed.client, healed.server, "again");
}

TEST_CASE("a reset in one direction leaves the other side half open until it speaks") {
    const Bench bench;
    const auto toward_client = bench.pair();
    bench.set(one, {.cut = Cut::reset, .direction = Direction::from});
    CHECK(toward_client.client.end() == End::reset);
    CHECK(hears_nothing(toward_client.server));
    REQUIRE(toward_client.server.send("hello?") == 6);
    CHECK(toward_client.server.end() == End::reset);
    bench.clear(one);

    const auto toward_server = bench.pair();
    bench.set(one, {.cut = Cut::reset, .direction = Direction::to});
    CHECK(toward_server.server.end() == End::reset);
    CHECK(hears_nothing(toward_server.client));
    REQUIRE(toward_server.client.send("hello?") == 6);
    CHECK(toward_server.client.end() == End::reset);
}

TEST_CASE("a reset keeps to its scope") {
    const Bench bench;
    const auto old = bench.pair();
    bench.set(one, {.cut = Cut::reset, .scope = Scope::fresh});
    check_carries(old.client, old.server, "alive");
    CHECK(bench.connect().end() == End::reset);
    bench.clear(one);
    bench.set(two, {.cut = Cut::reset, .scope = Scope::established});
    CHECK(old.client.end() == End::reset);
    const auto fresh = bench.pair();
    check_carries(fresh.client, fresh.server, "new");
}

TEST_CASE("refusing closes the door, keeps those inside, and opens again") {
    for (const Scope scope : {Scope::all, Scope::fresh}) {
        const Bench bench;
        const auto old = bench.pair();
        bench.set(one, {.cut = Cut::refuse, .scope = scope});
        for (int i = 0; i < 3; ++i) {
            CHECK(!dial(bench.port).open());
            CHECK(errno == ECONNREFUSED);
        }
        check_carries(old.client, old.server, "inside");
        CHECK(bench.device->affected(one) == -1);  // The kernel refuses; nobody counts.
        bench.clear(one);
        const auto fresh = bench.pair();
        check_carries(fresh.client, fresh.server, "open again");
    }
}

TEST_CASE("a port that refuses cannot be taken by somebody else") {
    const Bench bench;
    bench.set(one, {.cut = Cut::refuse});
    const Peer thief(::socket(AF_INET, SOCK_STREAM, 0));
    const auto address = loopback(bench.port);
    CHECK(::bind(thief.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0);
}

TEST_CASE("the door stays closed until the last refusing fault is healed") {
    const Bench bench;
    bench.set(one, {.cut = Cut::refuse});
    bench.set(two, {.cut = Cut::refuse});
    bench.clear(one);
    CHECK(!dial(bench.port).open());
    bench.clear(two);
    CHECK(bench.pair().server.open());
}

TEST_CASE("a reset of a connection that is held never reaches the server") {
    const Bench bench;
    bench.set(one, {.cut = Cut::hold});
    const Peer client = bench.connect();
    bench.set(two, {.cut = Cut::reset});
    CHECK(client.end() == End::reset);
    CHECK(!bench.server.accept(quiet).open());
    CHECK(bench.device->affected(one) == 1);
    CHECK(bench.device->affected(two) == 1);
}

TEST_CASE("refusing others does not let go of a connection that is held") {
    const Bench bench;
    bench.set(one, {.cut = Cut::hold});
    const Peer client = bench.connect();
    bench.set(two, {.cut = Cut::refuse});
    CHECK(!bench.server.accept(quiet).open());
    bench.clear(one);
    const Peer server = bench.server.accept();
    check_carries(client, server, "at last");
}

TEST_CASE("a half-close ends one direction and the other goes on") {
    const Bench bench;
    const auto old = bench.pair();
    REQUIRE(old.client.send("first") == 5);
    CHECK(old.server.receive(5) == "first");
    bench.set(one, {.cut = Cut::half_close, .direction = Direction::to});
    CHECK(old.server.end() == End::fin);
    check_carries(old.server, old.client, "goes on");
    REQUIRE(old.client.send("lost") == 4);
    const auto fresh = bench.pair();
    CHECK(fresh.server.end() == End::fin);
    check_carries(fresh.server, fresh.client, "goes on");
    CHECK(bench.device->affected(one) == 2);
}

TEST_CASE("a half-close in both directions ends both and keeps to its scope") {
    const Bench bench;
    const auto old = bench.pair();
    bench.set(one, {.cut = Cut::half_close, .scope = Scope::established});
    CHECK(old.client.end() == End::fin);
    CHECK(old.server.end() == End::fin);
    const auto fresh = bench.pair();
    check_carries(fresh.client, fresh.server, "new");
    bench.clear(one);
    bench.set(two, {.cut = Cut::half_close, .direction = Direction::from, .scope = Scope::fresh});
    check_carries(fresh.server, fresh.client, "old by now");
    const auto newest = bench.pair();
    CHECK(newest.client.end() == End::fin);
    check_carries(newest.client, newest.server, "to");
}

TEST_CASE("a cut over a delay wins and healing the cut leaves the delay") {
    const Bench bench;
    const auto [client, server] = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 100ms});
    bench.set(two, {.cut = Cut::hold});
    REQUIRE(client.send("held") == 4);
    CHECK(hears_nothing(server));
    bench.clear(two);
    CHECK(server.receive(4) == "held");
    const Stopwatch watch;
    check_carries(client, server, "delayed");
    CHECK(watch.ms() >= 100);
    bench.clear(one);
}

TEST_CASE("control answers within 50 ms while readers are stalled") {
    const Bench bench;
    std::vector<Ends> stalled;
    for (int i = 0; i < 8; ++i) {
        stalled.push_back(bench.pair());
        CHECK(stalled.back().client.send(pattern(20'000'000), 50ms) > 0);
    }
    std::vector<double> took_ms;
    for (int i = 0; i < 50; ++i) {
        const Stopwatch watch;
        bench.set(one, {.cut = i % 2 == 0 ? Cut::hold : Cut::none, .delay = 20ms, .rate = 5000});
        CHECK(bench.device->affected(one) >= 0);
        bench.clear(one);
        took_ms.push_back(watch.ms());
    }
    // Where a reader is waited for they all are late; a machine that is taken away is so for some.
    std::ranges::sort(took_ms);
    CHECK(took_ms.at(took_ms.size() / 2) < 50);
    CHECK(took_ms.back() < 5000);
    bench.set(one, {.cut = Cut::reset});
    for (const auto& ends : stalled) CHECK(ends.client.send("x") == 0);
}

}  // namespace cuts_test
