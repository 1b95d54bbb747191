// What the modes promise under random faults, and that each planted bug breaks it.
#include "tests/support/catch.hpp"
#include "tests/system/regions/world.hpp"

#include <array>
#include <utility>

namespace gameday::regions::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Settings settings(const char* replication, const char* bug = "none", std::size_t regions = 3) {
    List names;
    constexpr std::array all{"a", "b", "c", "d", "e"};
    for (std::size_t n = 0; n < regions; ++n) names.emplace_back(Value(all.at(n)));
    auto parsed = parse_settings(Params{{"regions", Value(std::move(names))},
                                        {"replication", Value(replication)},
                                        {"bug", Value(bug)}});
    REQUIRE(parsed.has_value());
    return *parsed;
}

// A few seconds of one random fault or several at once.
void disturb(World& world, Random& random) {
    const Peer node = random.below(world.size());
    const Peer other = random.below(world.size());
    switch (random.below(9)) {
        case 0: world.isolate(node); break;
        case 1: world.cut(node, other); break;
        case 2:
            for (Peer to = 0; to < world.size(); ++to) world.cut(node, to);
            break;
        case 3:
            world.cut(node, other);
            world.cut(other, node);
            break;
        case 4: world.crash(node); break;
        case 5: world.pause(node, milliseconds(100 + random.below(3000))); break;
        case 6:
            world.crash(node);
            world.crash(other);
            break;
        case 7:
            for (Peer each = 0; each < world.size(); ++each) world.crash(each);
            break;
        case 8:
            for (int pulse = 0; pulse < 4; ++pulse) {
                world.isolate(node);
                world.run(milliseconds(200 + random.below(1200)));
                world.join_all();
                world.run(milliseconds(50 + random.below(400)));
            }
            break;
    }
}

// Faults that overlap and end at random, for about 20 simulated seconds.
void torment(World& world, std::uint64_t seed) {
    Random random(seed, "torment");
    world.run(seconds(2));
    world.stop_before_answer = 0.0002;
    const Instant end = world.now() + seconds(20);
    while (world.now() < end) {
        disturb(world, random);
        world.run(milliseconds(50 + random.below(2500)));
        if (random.chance(0.5)) world.join_all();
        for (Peer node = 0; node < world.size(); ++node) {
            if (random.chance(0.6)) world.restart(node);
        }
    }
}

void must_hold_under_torment(const Settings& under_test, std::uint64_t seeds, bool may_lose) {
    std::size_t acknowledged = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        Settings mine = under_test;
        mine.seed = seed;
        World world(mine, seed);
        torment(world, seed);
        const auto lost = world.lost();
        CAPTURE(seed, world.acknowledged.size());
        if (!may_lose) REQUIRE(lost.empty());
        REQUIRE(world.split_brain_acknowledgements == 0);
        REQUIRE(world.serves(seconds(5)));
        acknowledged += world.acknowledged.size();
    }
    // At 140 writes offered per second for 20 s, a system that answers a tenth of them is alive.
    REQUIRE(acknowledged > seeds * 280);
}

}  // namespace

TEST_CASE("quorum loses no acknowledged write and never has two primaries answer", "[torment]") {
    must_hold_under_torment(settings("quorum"), 60, false);
}

TEST_CASE("quorum of five regions keeps its promise as well", "[torment]") {
    must_hold_under_torment(settings("quorum", "none", 5), 15, false);
}

TEST_CASE("quorum with failback keeps its promise while the role is handed on", "[torment]") {
    Settings failback = settings("quorum");
    failback.failback = true;
    failback.cooldown = seconds(1);
    must_hold_under_torment(failback, 30, false);
}

TEST_CASE("sync loses no acknowledged write and never has two primaries answer", "[torment]") {
    must_hold_under_torment(settings("sync"), 40, false);
}

TEST_CASE("async may lose its tail but never has two primaries answer", "[torment]") {
    must_hold_under_torment(settings("async"), 30, true);
}

TEST_CASE("async of two regions never has two primaries answer", "[torment]") {
    must_hold_under_torment(settings("async", "none", 2), 40, true);
}

TEST_CASE("last_write_wins loses no write, whatever is cut or killed", "[torment]") {
    must_hold_under_torment(settings("last_write_wins"), 15, false);
}

TEST_CASE("a primary that is lost is replaced within two leases") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Settings mine = settings("quorum");
        mine.seed = seed;
        World world(mine, seed);
        world.run(seconds(2));
        REQUIRE(world.primary() == Peer(0));
        world.crash(0);
        world.run(milliseconds(900));
        REQUIRE_FALSE(
            world.primary().has_value());  // the lease of one second still binds the others
        world.run(milliseconds(1100));
        REQUIRE(world.primary().has_value());
    }
}

// Node 1 is bound to the primary by its last heartbeat, and forgets that when it crashes. Async
// shows the harm best: the old primary needs nobody to answer while its lease lasts.
TEST_CASE("a node bound by a lease elects nobody before its end even if it restarts") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Settings mine = settings("async");
        mine.seed = seed;
        World world(mine, seed);
        world.run(seconds(2));
        const Duration gap = std::exchange(world.write_gap, std::chrono::hours(1));
        world.run(seconds(1));  // without writes, so that node 2 stays fit to be elected
        world.cut(0, 2);
        world.cut(2, 0);
        world.run(seconds(3));  // node 2 is free to elect, node 1 is not
        REQUIRE(world.primary() == Peer(0));
        world.write_gap = gap;
        world.isolate(0);
        if (seed % 2 == 0) {
            world.crash(1);
            world.restart(1);
        }
        world.run(seconds(4));
        CAPTURE(seed);
        REQUIRE(world.primary() != Peer(0));
        REQUIRE(world.split_brain_acknowledgements == 0);
    }
}

TEST_CASE("two async regions go on in the standby when the primary region is lost") {
    World world(settings("async", "none", 2), 7);
    world.run(seconds(2));
    world.isolate(0);
    world.run(seconds(3));
    REQUIRE(world.primary() == Peer(1));
    // Clients still reach the old primary: it answers until its lease ends, so at most what is
    // written in one interval (200 ms) and one lease (1 s), at 143 per second.
    REQUIRE(world.lost().size() < 172);
    REQUIRE(world.split_brain_acknowledgements == 0);
}

namespace {

constexpr std::uint64_t seeds_per_bug = 20;

// Runs the fault with the bug and without: the bug must show each time, the sound system never.
template <class Fault, class Shows>
void must_show(const char* replication, const char* bug, Fault fault, Shows shows) {
    for (std::uint64_t seed = 1; seed <= seeds_per_bug; ++seed) {
        for (const bool planted : {true, false}) {
            Settings mine = settings(replication, planted ? bug : "none");
            mine.seed = seed;
            World world(mine, seed);
            world.run(seconds(2) + milliseconds(seed * 13));
            fault(world);
            CAPTURE(replication, bug, planted, seed);
            REQUIRE(shows(world) == planted);
        }
    }
}

bool loses(World& world) { return !world.lost().empty(); }

// More than async may lose in one interval of 200 ms at 143 writes per second.
bool loses_more_than_a_tail(World& world) { return world.lost().size() > 100; }

}  // namespace

TEST_CASE("early_ack loses acknowledged writes when the primary region is lost") {
    const auto outage = [](World& world) {
        world.isolate(0);
        world.run(seconds(4));
    };
    must_show("quorum", "early_ack", outage, loses);
    must_show("sync", "early_ack", outage, loses);
}

TEST_CASE("no_fencing has two primaries answer across a partition") {
    const auto partition = [](World& world) {
        world.isolate(0);
        world.run(seconds(4));
    };
    for (const char* replication : {"quorum", "sync", "async"}) {
        must_show(replication, "no_fencing", partition,
                  [](World& world) { return world.split_brain_acknowledgements > 0; });
    }
}

TEST_CASE("no_fencing has a primary that was stopped answer after it wakes") {
    const auto stop = [](World& world) {
        world.pause(0, seconds(4));
        world.run(seconds(6));
    };
    must_show("quorum", "no_fencing", stop,
              [](World& world) { return world.split_brain_acknowledgements > 0; });
}

TEST_CASE("no_hysteresis changes the primary at each pulse of an unstable link") {
    const auto unstable = [](World& world) {
        for (int pulse = 0; pulse < 5; ++pulse) {
            world.isolate(0);
            world.run(milliseconds(500));
            world.join_all();
            world.run(milliseconds(700));
        }
    };
    must_show("quorum", "no_hysteresis", unstable,
              [](World& world) { return world.changes_of_primary >= 5; });
}

TEST_CASE("stale_promotion loses acknowledged writes when the last region is behind") {
    const auto behind = [](World& world) {
        world.cut(0, 2);
        world.run(seconds(2));
        world.crash(0);
        world.run(seconds(4));
    };
    must_show("quorum", "stale_promotion", behind, loses);
}

TEST_CASE("forget_on_restart loses acknowledged writes when all nodes restart") {
    const auto blackout = [](World& world) {
        for (Peer node = 0; node < world.size(); ++node) world.crash(node);
        world.run(seconds(1));
        for (Peer node = 0; node < world.size(); ++node) world.restart(node);
        world.run(seconds(4));
    };
    for (const char* replication : {"quorum", "sync", "async", "last_write_wins"}) {
        must_show(replication, "forget_on_restart", blackout, loses_more_than_a_tail);
    }
}

TEST_CASE("forget_on_restart loses acknowledged writes when a majority restarts at once") {
    const auto restart = [](World& world) {
        for (const Peer node : {Peer(0), Peer(1)}) world.crash(node);
        world.run(milliseconds(300));
        for (const Peer node : {Peer(0), Peer(1)}) world.restart(node);
        world.run(seconds(4));
    };
    must_show("quorum", "forget_on_restart", restart, loses);
}

}  // namespace gameday::regions::simulation
