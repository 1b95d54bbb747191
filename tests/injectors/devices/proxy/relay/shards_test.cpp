// One link on several threads: what its connections share stays exact, and a change is one step.
#include "injectors/devices/proxy/relay/relay.hpp"
#include "injectors/devices/proxy/relay/shard.hpp"
#include "tests/injectors/devices/proxy/bench.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

namespace shards_test {

using namespace gameday;
using namespace gameday::testing;
using devices::proxy::meets;
using devices::proxy::Relay;
using devices::proxy::Shards;

namespace {

// A relay on two shards before a listener.
struct Spread {
    Spread() {
        const auto address = boost::asio::ip::make_address("127.0.0.1");
        REQUIRE(relay.open({address, 0}, {address, server.port()}).has_value());
        const auto at = devices::proxy::text_of(relay.listens_at());
        port = static_cast<std::uint16_t>(std::stoi(at.substr(at.rfind(':') + 1)));
        shards.run([this] { relay.start(); });
    }
    ~Spread() {
        shards.run([this] { relay.close(); });
        shards.finish();
    }
    Spread(const Spread&) = delete;
    Spread& operator=(const Spread&) = delete;

    void set(FaultId id, const Rule& rule) {
        shards.run([&] { relay.set(id, rule); });
    }
    void clear(FaultId id) {
        shards.run([&] { relay.clear(id); });
    }
    std::vector<Ends> pairs(std::size_t count) const {
        std::vector<Ends> made;
        while (made.size() < count) {
            Peer client = dial(port);
            REQUIRE(client.open());
            Peer peer = server.accept();
            REQUIRE(peer.open());
            made.push_back({std::move(client), std::move(peer)});
        }
        return made;
    }

    Listener server;
    Shards shards{2};
    Relay relay{shards, "a->b", 1, true};
    std::uint16_t port = 0;
};

std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("shards: connections are numbered in order without gaps, on whatever shard they are") {
    Spread spread;
    const auto pairs = spread.pairs(40);
    spread.set(one, {.cut = Cut::reset, .scope = Scope::established, .share = 0.5, .draw = 7});
    // Only with the numbers 0 to 39 do the draws say this.
    std::size_t met = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const bool hit = meets({one, {.share = 0.5, .draw = 7}, 0}, i);
        met += hit ? 1 : 0;
        CHECK(pairs[i].client.end(hit ? patience : 0ms) == (hit ? End::reset : End::open));
    }
    CHECK((met > 0 && met < pairs.size()));
    CHECK(spread.shards.run([&] { return spread.relay.bites(one); }) ==
          static_cast<std::int64_t>(met));
}

TEST_CASE("shards: connections share the rate of the link as if they were on one") {
    Spread spread;
    const auto pairs = spread.pairs(16);
    spread.set(one, {.direction = Direction::to, .rate = 1'000'000});
    const std::string text(25'000, 'x');
    const Stopwatch watch;
    for (const auto& ends : pairs) REQUIRE(ends.client.send(text) == text.size());
    for (const auto& ends : pairs) CHECK(ends.server.receive(text.size()) == text);
    // 400 KB at 1 MB/s; two shards with a rate of their own would need half of it.
    CHECK(watch.ms() >= 396);
}

TEST_CASE("shards: a rule is in force on all of them when set returns") {
    Spread spread;
    const auto pairs = spread.pairs(16);
    for (int round = 0; round < 3; ++round) {
        spread.set(one, {.cut = Cut::hold});
        for (const auto& ends : pairs) REQUIRE(ends.client.send("x") == 1);
        std::this_thread::sleep_for(quiet);
        for (const auto& ends : pairs) CHECK(ends.server.receive(1, 0ms).empty());
        spread.clear(one);
        for (const auto& ends : pairs) CHECK(ends.server.receive(1) == "x");
    }
    CHECK(spread.shards.run([&] { return spread.relay.bites(one); }) == 48);
    const auto carried = spread.shards.run([&] { return spread.relay.carried(); });
    CHECK(carried.received[0] == 48);
    CHECK(carried.sent[0] == 48);
    CHECK(carried.sent[1] == 0);
}

TEST_CASE("shards: clients that have connected before a rule are older than it on each of them") {
    Spread spread;
    std::vector<Peer> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(dial(spread.port));
        REQUIRE(clients.back().open());
    }
    spread.set(one, {.cut = Cut::reset, .scope = Scope::fresh});
    for (const auto& client : clients) REQUIRE(client.send("x") == 1);
    for (int i = 0; i < 20; ++i) CHECK(spread.server.accept().receive(1) == "x");
    CHECK(dial(spread.port).end() == End::reset);
}

TEST_CASE("shards: all of them refuse at once, and take clients again when it is healed") {
    Spread spread;
    for (int round = 0; round < 3; ++round) {
        spread.set(one, {.cut = Cut::refuse});
        for (int i = 0; i < 16; ++i) CHECK(!dial(spread.port).open());
        spread.clear(one);
        for (const auto& ends : spread.pairs(16)) check_carries(ends.client, ends.server, "again");
    }
}

TEST_CASE("shards: none of them leaves a socket behind") {
    const auto before = open_descriptors();
    {
        Spread spread;
        const auto pairs = spread.pairs(16);
        spread.set(one, {.cut = Cut::hold, .scope = Scope::fresh});
        const Peer held = dial(spread.port);
        CHECK(open_descriptors() > before + 64);
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("shards: while one is told something all of them stand still") {
    Shards shards(3);
    std::vector<int> turns(shards.size());  // Not atomic: a shard that ran would be a data race.
    std::atomic<bool> over = false;
    std::vector<std::function<void()>> loops(shards.size());
    for (std::size_t i = 0; i < shards.size(); ++i) {
        loops[i] = [&, i] {
            ++turns[i];
            std::this_thread::yield();
            if (!over) boost::asio::post(shards.at(i).context(), loops[i]);
        };
        boost::asio::post(shards.at(i).context(), loops[i]);
    }
    const auto tell = [&] {
        for (int i = 0; i < 100; ++i) {
            shards.run([&] {
                const auto first = turns;
                std::this_thread::yield();
                if (turns != first) over = true;
            });
        }
    };
    std::thread other(tell);
    tell();
    other.join();
    CHECK(!over);
    over = true;
    shards.finish();
}

}  // namespace shards_test
