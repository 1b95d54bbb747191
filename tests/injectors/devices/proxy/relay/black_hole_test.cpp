// The true black hole: what TCP on either side of a cut link notices, each time beside a cut that
// only holds bytes, which it must not notice.
#include "tests/injectors/devices/proxy/bench.hpp"
#include "tests/injectors/devices/proxy/packets.hpp"
#include "tests/injectors/scratch.hpp"

#include <dirent.h>

#include <string>
#include <thread>
#include <vector>

namespace black_hole_test {

using namespace gameday;
using namespace gameday::testing;

namespace {

// How many sockets of this process have a filter.
int filtered_sockets() {
    int count = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    REQUIRE(folder != nullptr);
    while (const dirent* entry = ::readdir(folder)) {
        const std::string name = entry->d_name;
        if (name.starts_with('.')) continue;
        socklen_t steps = 0;  // Of the program; see SO_GET_FILTER in socket(7).
        if (::getsockopt(std::stoi(name), SOL_SOCKET, SO_GET_FILTER, nullptr, &steps) == 0) {
            count += steps > 0 ? 1 : 0;
        }
    }
    ::closedir(folder);
    return count;
}

}  // namespace

TEST_CASE("black hole: no side gets an ACK and both give up, which a hold keeps alive") {
    if (!may_filter()) return;
    for (const Cut cut : {Cut::blackhole, Cut::hold}) {
        const Bench bench;
        const auto [client, server] = bench.pair();
        give_up_after(client, 400);
        give_up_after(server, 400);
        bench.set(one, {.cut = cut});
        REQUIRE(client.send("question") == 8);
        REQUIRE(server.send("answer") == 6);
        const bool dies = cut == Cut::blackhole;
        CHECK(end_of(client, dies ? patience : 1500ms) == (dies ? ETIMEDOUT : 0));
        CHECK(end_of(server, dies ? patience : 100ms) == (dies ? ETIMEDOUT : 0));
        CHECK(bench.device->affected(one) >= 2);
        if (dies) continue;
        bench.clear(one);
        CHECK(server.receive(8) == "question");
        CHECK(client.receive(6) == "answer");
    }
}

TEST_CASE("black hole: keepalives of an idle connection go unanswered, as they do in no hold") {
    if (!may_filter()) return;
    const Bench bench;
    const auto cut = bench.pair();
    keep_alive(cut.client);
    keep_alive(cut.server);
    bench.set(one, {.cut = Cut::blackhole, .scope = Scope::established});
    const Bench control;
    const auto held = control.pair();
    keep_alive(held.client);
    control.set(one, {.cut = Cut::hold});
    CHECK(end_of(cut.client, patience) == ETIMEDOUT);
    CHECK(end_of(cut.server, patience) == ETIMEDOUT);
    CHECK(end_of(held.client, 1s) == 0);
}

TEST_CASE("black hole: a peer that ended in it unheard is noticed when it has been healed") {
    if (!may_filter()) return;
    for (const bool client_ends : {true, false}) {
        const Bench bench;
        auto [client, server] = bench.pair();
        Peer& ends = client_ends ? client : server;
        const Peer& stays = client_ends ? server : client;
        bench.set(one, {.cut = Cut::blackhole});
        ends.reset();  // The RST is lost, and nothing is sent again.
        CHECK(end_of(stays, 300ms) == 0);
        bench.clear(one);
        CHECK(end_of(stays, patience) == ECONNRESET);
    }
}

TEST_CASE("black hole: one that lasts ends no idle connection, and neither does its healing") {
    if (!may_filter()) return;
    const Bench bench;
    const auto [client, server] = bench.pair();
    bench.set(one, {.cut = Cut::blackhole});
    bench.clear(one);  // From now on the proxy asks after its peers,
    std::this_thread::sleep_for(100ms);
    bench.set(one, {.cut = Cut::blackhole});  // but not under the next one.
    CHECK(end_of(client, 6s) == 0);
    bench.clear(one);
    CHECK(end_of(client, 6s) == 0);
    CHECK(client.send("question") == 8);
    CHECK(server.receive(8) == "question");
}

TEST_CASE("black hole: healed, it has lost no byte and no order in either direction") {
    if (!may_filter()) return;
    const Bench bench;
    const auto [client, server] = bench.pair();
    const std::string text = pattern(20'000'000);
    std::size_t asked = 0, answered = 0;
    std::thread asking([&, &from = client] { asked = from.send(text, 60s); });
    std::thread answering([&, &from = server] { answered = from.send(text, 60s); });
    CHECK((server.receive(5'000'000) == text.substr(0, 5'000'000)));
    bench.set(one, {.cut = Cut::blackhole});
    std::this_thread::sleep_for(400ms);
    bench.clear(one);
    CHECK((server.receive(text.size() - 5'000'000, 60s) == text.substr(5'000'000)));
    CHECK((client.receive(text.size(), 60s) == text));
    asking.join();
    answering.join();
    CHECK(asked + answered == 2 * text.size());
    CHECK(filtered_sockets() == 0);
}

TEST_CASE("black hole: what the proxy had read before waits with what is sent again, in order") {
    if (!may_filter()) return;
    const Bench bench;
    const auto [client, server] = bench.pair();
    bench.set(two, {.delay = 600ms});
    REQUIRE(client.send("one ") == 4);
    CHECK(test::comes_true([&] { return bench.device->affected(two) == 1; }));  // It has it.
    bench.set(one, {.cut = Cut::blackhole});
    REQUIRE(client.send("two ") == 4);
    CHECK(server.receive(1, 800ms).empty());  // Due, and held.
    bench.clear(one);
    REQUIRE(client.send("three") == 5);
    CHECK(server.receive(13) == "one two three");
}

TEST_CASE("black hole: one way the bytes of the other flow, and both sides lack their ACKs") {
    if (!may_filter()) return;
    for (const Direction direction : {Direction::to, Direction::from}) {
        const Bench bench;
        const auto [client, server] = bench.pair();
        const Peer& mute = direction == Direction::to ? client : server;
        const Peer& heard = direction == Direction::to ? server : client;
        bench.set(one, {.cut = Cut::blackhole, .direction = direction});
        check_carries(heard, mute, "still heard");
        give_up_after(mute, 400);
        REQUIRE(mute.send("unheard") == 7);
        CHECK(end_of(mute, patience) == ETIMEDOUT);
        CHECK(hears_nothing(heard));
        // The ACKs of one that is mute are lost on the wire. A proxy cannot unsay its own, but
        // lets no probe of an idle connection be answered.
        keep_alive(heard);
        CHECK(end_of(heard, patience) == ETIMEDOUT);
    }
}

TEST_CASE("black hole: one way, healed in time, loses nothing") {
    if (!may_filter()) return;
    for (const Direction direction : {Direction::to, Direction::from}) {
        const Bench bench;
        const auto [client, server] = bench.pair();
        const Peer& mute = direction == Direction::to ? client : server;
        const Peer& heard = direction == Direction::to ? server : client;
        bench.set(one, {.cut = Cut::blackhole, .direction = direction});
        REQUIRE(mute.send("later") == 5);
        check_carries(heard, mute, "now");
        CHECK(hears_nothing(heard));
        bench.clear(one);
        CHECK(heard.receive(5) == "later");
        check_round_trip(client, server);
    }
}

TEST_CASE("black hole: a new connection is neither refused nor accepted, and comes when healed") {
    if (!may_filter()) return;
    for (const Direction direction : {Direction::both, Direction::to, Direction::from}) {
        const Bench bench;
        bench.set(one, {.cut = Cut::blackhole, .direction = direction});
        const Dialling waiting(bench.port);
        CHECK(waiting.connected(300ms) == ETIMEDOUT);
        CHECK(!bench.server.accept(0ms).open());
        CHECK(bench.device->affected(one) > 0);
        bench.clear(one);
        CHECK(waiting.connected(patience) == 0);
        const Peer server = bench.server.accept();
        check_round_trip(waiting.peer(), server);
        CHECK(filtered_sockets() == 0);
    }
}

TEST_CASE("black hole: a SYN is met within its scope only") {
    if (!may_filter()) return;
    const Bench bench;
    const auto old = bench.pair();
    bench.set(one, {.cut = Cut::blackhole, .scope = Scope::fresh});
    CHECK(Dialling(bench.port).connected(quiet) == ETIMEDOUT);
    check_round_trip(old.client, old.server);
    bench.clear(one);
    bench.set(two, {.cut = Cut::blackhole, .scope = Scope::established});
    const auto fresh = bench.pair();
    check_round_trip(fresh.client, fresh.server);
    REQUIRE(old.client.send("stale") == 5);
    CHECK(hears_nothing(old.server));
}

TEST_CASE("black hole: filters stand while a fault needs them, and none is left behind") {
    if (!may_filter()) return;
    const Bench bench;
    const auto first = bench.pair();
    const auto second = bench.pair();
    CHECK(filtered_sockets() == 0);
    bench.set(one, {.cut = Cut::blackhole});
    bench.set(two, {.cut = Cut::blackhole, .scope = Scope::established});
    const int all = filtered_sockets();
    CHECK(all > 4);  // Both ends of two connections, and a listener at least.
    bench.clear(one);
    CHECK(filtered_sockets() == 4);
    bench.clear(two);
    CHECK(filtered_sockets() == 0);
    check_round_trip(first.client, first.server);
    check_round_trip(second.client, second.server);
}

TEST_CASE("black hole: it has met nothing while nobody speaks") {
    if (!may_filter()) return;
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.cut = Cut::blackhole});
    CHECK(bench.device->affected(one) == 0);
    REQUIRE(ends.client.send("x") == 1);
    CHECK(hears_nothing(ends.server));
    CHECK(bench.device->affected(one) > 0);
}

TEST_CASE("black hole: without CAP_NET_ADMIN bytes are held, TCP lives on, and that is said") {
    const WithoutNetAdmin unprivileged;
    // A kernel that lets everybody filter has no such case.
    if (devices::proxy::may_filter_packets()) return;
    const Bench bench;
    CHECK(bench.device->remark().find("CAP_NET_ADMIN") != std::string::npos);
    const auto [client, server] = bench.pair();
    give_up_after(client, 400);
    bench.set(one, {.cut = Cut::blackhole});
    REQUIRE(client.send("question") == 8);
    CHECK(hears_nothing(server));
    CHECK(end_of(client, 1200ms) == 0);
    const Peer fresh = bench.connect();
    REQUIRE(fresh.send("hello") == 5);
    CHECK(!bench.server.accept(quiet).open());
    CHECK(bench.device->affected(one) == 2);
    CHECK(filtered_sockets() == 0);
    bench.clear(one);
    CHECK(server.receive(8) == "question");
    CHECK(bench.server.accept().receive(5) == "hello");
}

TEST_CASE("black hole: a device that may filter has nothing to remark") {
    if (!may_filter()) return;
    CHECK(Bench().device->remark().empty());
}

}  // namespace black_hole_test
