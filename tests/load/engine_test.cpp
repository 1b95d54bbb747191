// The engine against a server that misbehaves on demand. Times are real: an open loop is about
// time. Limits are generous, because the machine may be busy.
#include "tests/load/support.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

struct Played {
    std::vector<Operation> operations;
    std::vector<ClientInfo> clients;
    std::vector<HealthSample> health;
    LoadStatus status;
};

// Runs the load for `length`, calling `act` at the given times after its begin.
struct Act {
    Duration at;
    std::function<void()> act;
};

Played play(const Scenario& scenario, Duration length, const std::vector<Act>& acts = {},
            Duration patience = Duration(-1), std::uint32_t shards = 2) {
    const Catalog catalog = http_catalog();
    const SteadyClock clock;
    const auto engine = load::make_sharded_engine(catalog, clock, shards);
    engine->set_phase(Phase::steady);
    const Instant begin = clock.now() + 20ms;
    const auto started = engine->start(scenario, begin);
    if (!started) FAIL(started.error().message);
    const std::stop_token stop;
    SteadyClock sleeper = clock;
    for (const auto& each : acts) {
        sleeper.sleep_until(begin + each.at, stop);
        each.act();
    }
    sleeper.sleep_until(begin + length, stop);
    Played played;
    played.status = engine->status();
    engine->stop();
    if (patience >= Duration::zero()) REQUIRE(engine->read_back(patience, stop).has_value());
    played.operations = engine->take_operations();
    played.clients = engine->clients();
    played.health = engine->take_health();
    return played;
}

std::map<std::string, std::size_t> count_by_end(const std::vector<Operation>& operations) {
    std::map<std::string, std::size_t> counts;
    for (const auto& each : operations) {
        ++counts[std::string(name_of(each.verb)) + " " + std::string(name_of(each.outcome)) + " " +
                 std::string(name_of(each.cause))];
    }
    return counts;
}

// Scheduled instants are the pacer's: n / rate since the first, each exactly once.
void require_schedule(const std::vector<Operation>& operations, double rate_per_s) {
    REQUIRE(!operations.empty());
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Duration expected = from_seconds(static_cast<double>(i) / rate_per_s);
        REQUIRE(operations[i].scheduled - operations[0].scheduled == expected);
        REQUIRE(operations[i].seq == i + 1);
        REQUIRE(operations[i].invoked >= operations[i].scheduled);
        REQUIRE(operations[i].completed >= operations[i].invoked);
    }
}

}  // namespace

TEST_CASE("a healthy server gets every due operation exactly once, and what it says is recorded") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 600ms);
    require_schedule(played.operations, 500);
    // 600 ms at 500/s: due at 0, 2, …; the last before the end may fall on either side of it.
    CHECK(played.operations.size() >= 300);
    CHECK(played.operations.size() <= 330);
    CHECK(server.served() == played.operations.size());
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
    CHECK(played.status.success == 1);
    CHECK(played.status.op_per_s > 250);
    CHECK(played.status.total.good >= 250);
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
    CHECK(longest > 480ms);
    CHECK(longest < 650ms);
    // Those due in the first 250 ms of the stall: 125.
    CHECK(above_250ms > 115);
    CHECK(above_250ms < 175);
}

TEST_CASE("a refusing server fails operations for certain, and is found again at once") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 900ms,
                             {{300ms, [&] { server.set_mood(Mood::refuse); }},
                              {600ms, [&] { server.set_mood(Mood::serve); }}});
    require_schedule(played.operations, 500);
    std::size_t failed = 0;
    std::size_t unknown = 0;
    for (const auto& each : played.operations) {
        if (each.outcome == Outcome::failed && each.cause == Cause::refused) ++failed;
        if (each.outcome == Outcome::unknown) ++unknown;
        // Only what was under way when the connections were reset can be in doubt.
        if (each.outcome == Outcome::unknown) CHECK(each.cause == Cause::reset);
    }
    CHECK(failed > 120);  // of the 150 due while it refused
    CHECK(failed < 180);
    CHECK(unknown <= 10);
    CHECK(played.operations.back().outcome == Outcome::ok);
}

TEST_CASE("without an answer a write is unknown and a read failed, when the timeout is over") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 900ms,
                             {{200ms, [&] { server.set_mood(Mood::blackhole); }},
                              {500ms, [&] { server.set_mood(Mood::serve); }}});
    require_schedule(played.operations, 500);
    auto counts = count_by_end(played.operations);
    CHECK(counts["write unknown timed_out"] > 60);
    CHECK(counts["read failed timed_out"] > 60);
    CHECK(counts["write failed timed_out"] == 0);
    CHECK(counts["read unknown timed_out"] == 0);
    const auto stored = server.stored();
    for (const auto& each : played.operations) {
        if (each.cause != Cause::timed_out) continue;
        CHECK(each.completed - each.invoked >= 300ms);
        CHECK(each.completed - each.invoked < 400ms);
        // The server did carry the writes out: `unknown` is the only true word.
        if (each.verb == Verb::write) CHECK(stored.at(each.key) == each.value);
    }
    CHECK(played.operations.back().outcome == Outcome::ok);
}

TEST_CASE("answers of 503, 421 and nonsense are told apart") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 500), 800ms,
                             {{200ms, [&] { server.set_mood(Mood::error_503); }},
                              {400ms, [&] { server.set_mood(Mood::rejecting); }},
                              {600ms, [&] { server.set_mood(Mood::nonsense); }}});
    auto counts = count_by_end(played.operations);
    CHECK(counts["write unknown server_error"] > 30);
    CHECK(counts["read failed server_error"] > 30);
    CHECK(counts["write failed rejected"] > 30);
    CHECK(counts["read failed malformed"] > 30);  // 421 is not in the table of reads
    CHECK(counts["write unknown malformed"] > 30);
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
    CHECK(due > 60);
    CHECK(static_cast<double>(shed) > due - 40);
    CHECK(static_cast<double>(shed) < due + 20);
    CHECK(server.accepted() <= 10 + 10);
}

TEST_CASE("the load is the same for a seed whatever the number of shards") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 1000);
    scenario.loads[0].arrival = Arrival::poisson;
    scenario.loads[0].keys = {100, 0.9};
    const auto one = play(scenario, 300ms, {}, Duration(-1), 1);
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

TEST_CASE("failover follows the health checks there and back") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 300);
    scenario.loads[0].route.check_path = "/health";
    scenario.loads[0].route.check_interval = 50ms;
    scenario.loads[0].route.check_timeout = 100ms;
    const auto played = play(scenario, 1500ms,
                             {{300ms, [&] { first.set_mood(Mood::refuse); }},
                              {900ms, [&] { first.set_mood(Mood::serve); }}});
    require_schedule(played.operations, 300);
    std::vector<NodeId> served;
    for (const auto& each : played.operations) {
        if (each.outcome == Outcome::ok && (served.empty() || served.back() != each.served_by)) {
            served.push_back(each.served_by);
        }
    }
    CHECK(served == std::vector<NodeId>{NodeId(0), NodeId(1), NodeId(0)});
    // Both client regions watch: each saw the first node go and come back.
    REQUIRE(played.health.size() == 4);
    for (const auto& each : played.health) CHECK(each.node == NodeId(0));
    CHECK(!played.health[0].healthy);
    CHECK(!played.health[1].healthy);
    CHECK(played.health[2].healthy);
    CHECK(played.health[3].healthy);
}

TEST_CASE("with every region down operations fail with no route") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 300);
    scenario.loads[0].route.check_path = "/health";
    scenario.loads[0].route.check_interval = 30ms;
    const auto played = play(scenario, 700ms, {{200ms, [&] { server.set_mood(Mood::refuse); }}});
    require_schedule(played.operations, 300);
    CHECK(played.operations.back().cause == Cause::no_route);
    CHECK(played.operations.back().outcome == Outcome::failed);
    CHECK(!played.operations.back().node.known());
}

TEST_CASE("retry_elsewhere saves what the first region does not answer, with the same value") {
    FaultServer first("n0");
    FaultServer second("n1");
    auto scenario = scenario_of({&first, &second}, 300);
    scenario.loads[0].route.policy = RoutePolicy::retry_elsewhere;
    scenario.loads[0].regions = {"r0"};
    const auto played = play(scenario, 600ms, {{200ms, [&] { first.set_mood(Mood::blackhole); }}});
    require_schedule(played.operations, 300);
    const auto elsewhere = second.stored();
    std::size_t saved = 0;
    for (const auto& each : played.operations) {
        CHECK(each.outcome == Outcome::ok);
        if (each.served_by == NodeId(1)) {
            ++saved;
            // Half of the 300 ms went to the first region.
            CHECK(each.latency() >= 150ms);
            if (each.verb == Verb::write) CHECK(elsewhere.at(each.key) == each.value);
        }
    }
    CHECK(saved > 100);
}

TEST_CASE("writes that follow the primary move when another node becomes it") {
    FaultServer first("n0", true);
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 300);
    scenario.loads[0].route.writes_to_primary = true;
    scenario.loads[0].route.check_interval = 30ms;
    const auto played = play(scenario, 900ms, {{300ms, [&] {
                                                    first.set_primary(false);
                                                    second.set_primary(true);
                                                }}});
    const auto& last = played.operations.back();
    for (const auto& each : played.operations) {
        if (each.verb == Verb::read) CHECK(each.node == NodeId(0));
    }
    CHECK(!second.stored().empty());
    CHECK(last.scheduled - played.operations[0].scheduled > 800ms);
}

TEST_CASE("reading back asks every node directly, and waits for late writes to arrive") {
    FaultServer second("n1", false);
    FaultServer first("n0");
    first.replicate_to(&second, 200ms);
    const auto scenario = scenario_of({&first, &second}, 200);
    const auto played = play(scenario, 300ms, {}, 3s);
    std::map<NodeId, std::size_t> found;
    std::size_t writes = 0;
    std::map<std::uint32_t, std::uint64_t> written;
    for (const auto& each : played.operations) {
        if (each.phase != Phase::final_read && each.verb == Verb::write) {
            ++writes;
            written[each.key] = each.value;
        }
    }
    for (const auto& each : played.operations) {
        if (each.phase != Phase::final_read) continue;
        CHECK(each.outcome == Outcome::ok);
        CHECK(each.value == written.at(each.key));
        CHECK(played.clients[each.client.index()].region.index() == each.node.index());
        ++found[each.node];
    }
    CHECK(found[NodeId(0)] == writes);
    CHECK(found[NodeId(1)] == writes);
}

TEST_CASE("reading back leaves lost keys as absent and silent nodes as failed") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    FaultServer third("n2", false);
    second.set_mood(Mood::refuse);
    const auto scenario = scenario_of({&first, &second, &third}, 200);
    const auto begin = std::chrono::steady_clock::now();
    const auto played = play(scenario, 300ms, {}, 500ms);
    CHECK(std::chrono::steady_clock::now() - begin < 4s);
    std::map<NodeId, std::map<Outcome, std::size_t>> ends;
    for (const auto& each : played.operations) {
        if (each.phase != Phase::final_read) continue;
        ++ends[each.node][each.outcome];
        if (each.node == NodeId(2)) CHECK(each.value == 0);
        if (each.node == NodeId(1)) CHECK(each.cause == Cause::refused);
    }
    const std::size_t keys = first.stored().size();
    REQUIRE(keys > 0);
    CHECK(ends[NodeId(0)] == std::map<Outcome, std::size_t>{{Outcome::ok, keys}});
    CHECK(ends[NodeId(1)] == std::map<Outcome, std::size_t>{{Outcome::failed, keys}});
    CHECK(ends[NodeId(2)] == std::map<Outcome, std::size_t>{{Outcome::ok, keys}});
}

TEST_CASE("two loads never share a value or a fresh key") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 200);
    scenario.loads.push_back(scenario.loads[0]);
    scenario.loads[1].name = "second";
    scenario.loads[0].keys.space = 50;
    const auto played = play(scenario, 400ms);
    std::set<std::uint64_t> values;
    std::size_t writes = 0;
    for (const auto& each : played.operations) {
        if (each.verb != Verb::write) continue;
        ++writes;
        values.insert(each.value);
        const bool second = played.clients[each.client.index()].load == 1;
        CHECK((each.key > 50) == second);
    }
    CHECK(values.size() == writes);
}

TEST_CASE("a load with a wrong driver, region or template does not start") {
    FaultServer server("n0");
    const Catalog catalog = http_catalog();
    const SteadyClock clock;
    auto scenario = scenario_of({&server}, 10);
    const auto message = [&] {
        const auto engine = load::make_sharded_engine(catalog, clock, 1);
        const auto started = engine->start(scenario, clock.now());
        return started ? std::string("started") : started.error().message;
    };
    scenario.loads[0].driver = "gopher";
    CHECK(message() == "load load: driver: \"gopher\" is not a driver");
    scenario.loads[0].driver = "http";
    scenario.loads[0].regions = {"mars"};
    CHECK(message() == "load load: regions: \"mars\" is not a region");
    scenario.loads[0].regions = {};
    scenario.loads[0].driver_params["reed"] = Value(Params{});
    CHECK(message().find("reed") != std::string::npos);
}
