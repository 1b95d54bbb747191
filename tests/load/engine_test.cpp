// The engine against a server that misbehaves on demand. Times are real: an open loop is about
// time. Limits are relative to what really was, because the machine may be busy.
#include "tests/load/play.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <set>
#include <utility>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

TEST_CASE("a healthy server gets every due operation exactly once, and what it says is recorded") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 600ms);
    require_schedule(played.operations, 500);
    // 600 ms at 500/s: due at 0, 2, …; the last before the end may fall on either side of it, and a
    // busy machine may be late to end it.
    CHECK(played.operations.size() >= 300);
    CHECK(static_cast<double>(played.operations.size()) <= 500 * seconds(played.lasted) + 1);
    std::set<std::uint64_t> values;
    for (const auto& each : played.operations) {
        CHECK(each.outcome == Outcome::ok);
        CHECK(each.served_by == NodeId(0));
        CHECK(each.node == NodeId(0));
        CHECK(each.phase == Phase::steady);
        if (each.verb == Verb::write) {
            CHECK(each.value != 0);
            CHECK(each.version != 0);
            CHECK(values.insert(each.value).second);
        }
    }
    CHECK(values.size() == server.stored().size());
    CHECK(values.size() == server.written());
    CHECK(played.status.success == 1);
    CHECK(played.status.op_per_s > 150);
    CHECK(played.status.total.good >= 150);
}

TEST_CASE("a stall of 500 ms shows as latencies up to 500 ms, with nothing left out") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 500);
    scenario.loads[0].timeout = 2s;
    const auto played = play(scenario, 1200ms,
                             {{300ms, [&] { server.set_mood(Mood::stall); }},
                              {800ms, [&] { server.set_mood(Mood::serve); }}});
    require_schedule(played.operations, 500);
    CHECK(count_by_end(played.operations).size() == 2);  // reads ok, writes ok
    Duration longest{};
    std::size_t above_250ms = 0;
    for (const auto& each : played.operations) {
        longest = std::max(longest, each.latency());
        if (each.latency() > 250ms) ++above_250ms;
    }
    // A busy machine may be late to begin or to end the stall, and in between.
    const auto [begins, ends] = std::pair(played.acted[0], played.acted[1]);
    CHECK(longest > ends.low - begins.high - 20ms);
    CHECK(longest < ends.high - begins.low + 1s);
    // Those due until 250 ms before its end: 125 of 500 ms.
    CHECK(static_cast<double>(above_250ms) > 500 * seconds(ends.low - begins.high - 250ms) - 10);
    CHECK(static_cast<double>(above_250ms) < 500 * seconds(ends.high - begins.low - 250ms) + 100);
}

TEST_CASE("a refusing server fails operations for certain, and is found again at once") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 900ms,
                             {{300ms, [&] { server.set_mood(Mood::refuse); }},
                              {600ms, [&] { server.set_mood(Mood::serve); }}});
    require_schedule(played.operations, 500);
    const auto [refuses, serves] = std::pair(played.acted[0], played.acted[1]);
    std::size_t refused = 0, served = 0;
    for (const auto& each : played.operations) {
        if (each.invoked > refuses.high && each.completed < serves.low) {
            ++refused;
            CHECK(each.outcome == Outcome::failed);
            CHECK(each.cause == Cause::refused);
        }
        if (each.invoked > serves.high + 60ms) {
            ++served;
            CHECK(each.outcome == Outcome::ok);
        }
        // Only what was under way when the connections were reset can be in doubt.
        if (each.outcome != Outcome::unknown) continue;
        CHECK(each.cause == Cause::reset);
        CHECK(each.invoked <= refuses.high);
    }
    CHECK(refused > 20);  // of the 150 due while it refused: a busy machine begins some later
    CHECK(served > 20);   // of 120
}

TEST_CASE("without an answer a write is unknown and a read failed, when the timeout is over") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 900ms,
                             {{200ms, [&] { server.set_mood(Mood::blackhole); }},
                              {500ms, [&] { server.set_mood(Mood::serve); }}});
    require_schedule(played.operations, 500);
    auto counts = count_by_end(played.operations);
    // Of 75 each that are due meanwhile: a busy machine begins some later.
    CHECK(counts["write unknown timed_out"] > 15);
    CHECK(counts["read failed timed_out"] > 15);
    CHECK(counts["write failed timed_out"] == 0);
    CHECK(counts["read unknown timed_out"] == 0);
    const auto stored = server.stored();
    Duration shortest = 1h;
    for (const auto& each : played.operations) {
        if (each.cause != Cause::timed_out) continue;
        CHECK(each.completed - each.invoked >= 300ms);
        shortest = std::min(shortest, each.completed - each.invoked);
        // The server did carry the writes out: `unknown` is the only true word.
        if (each.verb == Verb::write) CHECK(stored.at(each.key) == each.value);
    }
    CHECK(shortest < 400ms);
    CHECK(played.operations.back().outcome == Outcome::ok);
}

TEST_CASE("answers of 503, 421 and nonsense are told apart") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 1400ms,
                             {{200ms, [&] { server.set_mood(Mood::error_503); }},
                              {600ms, [&] { server.set_mood(Mood::rejecting); }},
                              {1000ms, [&] { server.set_mood(Mood::nonsense); }}});
    auto counts = count_by_end(played.operations);
    // Of 100 each: a busy machine may change moods late.
    CHECK(counts["write unknown server_error"] > 15);
    CHECK(counts["read failed server_error"] > 15);
    CHECK(counts["write failed rejected"] > 15);
    CHECK(counts["read failed unexpected"] > 15);  // 421 is not in the table of reads
    CHECK(counts["write unknown malformed"] > 15);
}

TEST_CASE("beyond the in-flight bound operations are shed and recorded, not skipped") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 500);
    scenario.loads[0].in_flight_max = 10;
    scenario.loads[0].timeout = 5s;
    std::chrono::steady_clock::time_point stalled, served;
    const auto set_mood = [&](Mood mood, auto& at) {
        at = std::chrono::steady_clock::now();
        server.set_mood(mood);
    };
    const auto played = play(scenario, 500ms,
                             {{100ms, [&] { set_mood(Mood::stall, stalled); }},
                              {400ms, [&] { set_mood(Mood::serve, served); }}});
    require_schedule(played.operations, 500);
    std::size_t shed = 0;
    for (const auto& each : played.operations) {
        if (each.cause == Cause::shed) {
            ++shed;
            CHECK(each.outcome == Outcome::failed);
        }
    }
    // 150 are due in 300 ms of stall, 10 of them are held by the server; a busy machine may be late
    // to begin or to end it.
    const double due = 500 * std::chrono::duration<double>(served - stalled).count();
    CAPTURE(due);
    CHECK(due > 40);
    // Those that it begins late, up to 200 ms, come after the stall.
    CHECK(static_cast<double>(shed) > due - 140);
    CHECK(shed > 10);
    CHECK(static_cast<double>(shed) < due + 120);
    CHECK(server.accepted() <= 10 + 10);
}

TEST_CASE("the load is the same for a seed whatever the number of shards") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 1000);
    scenario.loads[0].arrival = Arrival::poisson;
    scenario.loads[0].keys = {100, 0.9};
    const auto one = play(scenario, 300ms, {}, Duration(-1), 1);
    FaultServer fresh("n0");
    scenario.topology = topology_of({&fresh});
    const auto three = play(scenario, 300ms, {}, Duration(-1), 3);
    const std::size_t common = std::min(one.operations.size(), three.operations.size());
    REQUIRE(common > 200);
    for (std::size_t i = 0; i < common; ++i) {
        const Operation& a = one.operations[i];
        const Operation& b = three.operations[i];
        CHECK(a.scheduled - one.operations[0].scheduled ==
              b.scheduled - three.operations[0].scheduled);
        CHECK(a.client == b.client);
        CHECK(a.verb == b.verb);
        CHECK(a.key == b.key);
        if (a.verb == Verb::write) CHECK(a.value == b.value);
    }
}

TEST_CASE("what a driver learns of the system is what its clients are opened with") {
    FaultServer server("west");
    DriverKind learning = drivers::http;
    Catalog catalog = http_catalog();
    catalog.drivers = {&learning};
    const auto scenario = scenario_of({&server}, 200);
    learning.learn = [](const Params& params, const Topology&, Duration) -> Result<Params> {
        Params learned = params;
        learned["served_by_names"] = Params{{"west", "n0"}};
        return learned;
    };
    const auto played = play(scenario, 300ms, {}, 2s, 2, catalog);
    REQUIRE_FALSE(played.operations.empty());
    for (const auto& each : played.operations) CHECK(each.served_by == NodeId(0));

    learning.learn = [](const Params&, const Topology&, Duration) -> Result<Params> {
        return Error{ErrorCode::refused, "nobody says who is who"};
    };
    const SteadyClock clock;
    const auto engine = load::make_sharded_engine(catalog, clock, 1);
    const auto started = engine->start(scenario, run_id, clock.now());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().message.find("nobody says who is who") != std::string::npos);
}
