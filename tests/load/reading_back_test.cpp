// What was written is read: back at the end, from survivors under way, and before the faults.
#include "harness/load/survivor_reads.hpp"
#include "tests/load/play.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

// By node and key, in the order of their ends.
using Reads = std::map<std::pair<NodeId, std::uint32_t>, std::vector<Operation>>;

Reads reads_of(const std::vector<Operation>& operations, Phase phase) {
    Reads reads;
    for (const auto& each : operations) {
        if (each.phase == phase) reads[{each.node, each.key}].push_back(each);
    }
    return reads;
}

std::map<std::uint32_t, std::uint64_t> written(const std::vector<Operation>& operations) {
    std::map<std::uint32_t, std::uint64_t> values;
    for (const auto& each : operations) {
        if (each.verb == Verb::write) values[each.key] = each.value;
    }
    return values;
}

// An engine at work, for what is asked of it under way.
struct Engine {
    explicit Engine(const Scenario& scenario) : scenario(scenario) {
        engine->set_phase(Phase::steady);
        started = engine->start(scenario, run_id, clock.now());
    }
    ~Engine() { engine->stop(); }
    // What the check before the faults says in the end.
    Readability readable() {
        REQUIRE(started.has_value());
        for (int i = 0; i < 2000; ++i) {
            auto said = engine->readable();
            if (said.state != Readability::State::pending) return said;
            pause(5ms);
        }
        return {};
    }

    Scenario scenario;
    Catalog catalog = http_catalog();
    SteadyClock clock;
    std::unique_ptr<LoadEngine> engine = load::make_sharded_engine(catalog, clock, 2);
    Result<Instant> started = gameday::Error{};
};

}  // namespace

TEST_CASE("keys and values carry the run id") {
    FaultServer server("n0");
    const auto played = play(scenario_of({&server}, 300), 300ms);
    for (const auto& each : played.operations) {
        CHECK(each.key < 1000);
        if (each.value != 0) CHECK(each.value >> 32U == run_id);
    }
    for (const std::uint64_t name : server.names()) CHECK(name >> 32U == run_id);
}

TEST_CASE("keys that exist keep their names, and what others wrote there is foreign") {
    FaultServer server("n0");
    for (std::uint32_t key = 1; key <= 20; ++key) server.put(key, 5'000'000'000ULL * key);
    auto scenario = scenario_of({&server}, 300);
    scenario.loads[0].keys = {20, 0, true};
    const auto played = play(scenario, 300ms, {}, 1s);
    for (const std::uint64_t name : server.names()) CHECK((name >= 1 && name <= 20));
    std::size_t foreign = 0;
    for (const auto& each : played.operations) {
        if (each.value == foreign_value) {
            ++foreign;
            CHECK(each.verb == Verb::read);
        } else if (each.value != 0) {
            CHECK(each.value >> 32U == run_id);
        }
    }
    CHECK(foreign > 0);
}

TEST_CASE("reading back asks every node directly, and waits for late writes to arrive") {
    FaultServer second("n1", false);
    FaultServer first("n0");
    first.replicate_to(&second, 200ms);
    const auto scenario = scenario_of({&first, &second}, 200);
    const auto played = play(scenario, 300ms, {}, 3s);
    const auto values = written(played.operations);
    const auto reads = reads_of(played.operations, Phase::final_read);
    CHECK(reads.size() == 2 * values.size());
    std::size_t stale = 0;
    for (const auto& [at, attempts] : reads) {
        const auto& last = attempts.back();
        CHECK(last.outcome == Outcome::ok);
        CHECK(last.value == values.at(at.second));
        CHECK(played.clients[last.client.index()].region.index() == last.node.index());
        // Every attempt is there: those before were too early.
        for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
            CHECK(attempts[i].value == 0);
            CHECK(attempts[i + 1].invoked - attempts[i].completed >= 50ms);
            ++stale;
        }
    }
    CHECK(stale > 0);
}

TEST_CASE("reading back leaves lost keys as absent and silent nodes as failed") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    FaultServer third("n2", false);
    second.set_mood(Mood::refuse);
    const auto scenario = scenario_of({&first, &second, &third}, 200);
    const auto begin = std::chrono::steady_clock::now();
    const auto played = play(scenario, 300ms, {}, 500ms);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    const std::size_t keys = first.stored().size();
    REQUIRE(keys > 0);
    const auto reads = reads_of(played.operations, Phase::final_read);
    CHECK(reads.size() == 3 * keys);
    for (const auto& [at, attempts] : reads) {
        const auto& last = attempts.back();
        CHECK(last.outcome == (at.first == NodeId(1) ? Outcome::failed : Outcome::ok));
        if (at.first == NodeId(2)) CHECK(last.value == 0);
        if (at.first == NodeId(1)) CHECK(last.cause == Cause::refused);
        CHECK(attempts.size() <= 8);  // 50, 100, 200 ms … apart
    }
}

TEST_CASE("survivors are read under the load, the newest writes before the fault first") {
    FaultServer second("n1", false);
    FaultServer first("n0");
    first.replicate_to(&second, 1ms);
    Engine running(scenario_of({&first, &second}, 400));
    REQUIRE(running.started.has_value());
    pause(600ms);
    const Instant fault = running.clock.now();
    running.engine->keep_writes(fault);
    pause(300ms);
    running.engine->begin_survey({{NodeId(1)}, fault});
    const Instant began = running.clock.now();
    pause(600ms);
    running.engine->end_survey();
    const double lasted_s = seconds(running.clock.now() - began);
    running.engine->stop();
    const auto operations = running.engine->take_operations();
    std::map<std::uint32_t, Operation> writes;
    for (const auto& each : operations) {
        if (each.verb == Verb::write) writes[each.key] = each;
    }
    std::vector<Instant> before, since;
    std::size_t count = 0;
    for (const auto& each : operations) {
        if (each.phase != Phase::survivor_read) continue;
        ++count;
        CHECK(each.node == NodeId(1));
        CHECK(running.engine->clients()[each.client.index()].region == RegionId(1));
        CHECK(each.outcome == Outcome::ok);
        const Operation& write = writes.at(each.key);
        if (each.value != write.value) continue;  // it came a moment later
        (write.completed <= fault ? before : since).push_back(write.completed);
    }
    CHECK(before.size() > 10);
    CHECK(since.size() > 10);
    // Newest first, but for what was busy or asked for again; in any order it would be a half.
    std::size_t in_order = 0;
    for (std::size_t i = 1; i < before.size(); ++i)
        in_order += before[i] <= before[i - 1] ? 1U : 0U;
    CHECK(in_order * 4 > before.size() * 3);
    // As many as the loads do, and what the first moment let through.
    CHECK(load::survivor_reads_per_s(400) == 400);
    CHECK(static_cast<double>(count) <= 400 * lasted_s + 5);
    CHECK(before.size() > since.size());
}

TEST_CASE("a survivor that lacks a write is asked again, a few times") {
    FaultServer second("n1", false);
    FaultServer first("n0");
    Engine running(scenario_of({&first, &second}, 40));
    REQUIRE(running.started.has_value());
    pause(500ms);
    running.engine->keep_writes(running.clock.now());
    running.engine->begin_survey({{NodeId(1)}, running.clock.now()});
    pause(1500ms);
    running.engine->stop();
    const auto reads = reads_of(running.engine->take_operations(), Phase::survivor_read);
    REQUIRE(!reads.empty());
    std::size_t most = 0;
    for (const auto& [at, attempts] : reads) {
        for (const auto& each : attempts) CHECK(each.value == 0);
        most = std::max(most, attempts.size());
    }
    CHECK(most >= 2);
    CHECK(most <= 6);
}

TEST_CASE("the rate of survivor reads is that of the load, within bounds") {
    CHECK(load::survivor_reads_per_s(2) == 100);
    CHECK(load::survivor_reads_per_s(800) == 800);
    CHECK(load::survivor_reads_per_s(1e6) == 1000);
}

TEST_CASE("a key that is there before the load began refuses it") {
    FaultServer server("n0");
    server.put(1, 99);
    const Engine running(scenario_of({&server}, 100));
    REQUIRE(!running.started.has_value());
    CHECK(running.started.error().code == ErrorCode::refused);
    CHECK(running.started.error().message.find("n0 shows the value 99 for key 30064771073") !=
          std::string::npos);
}

TEST_CASE("where writes can be read from every node the check before the faults is content") {
    FaultServer second("n1", false);
    FaultServer first("n0");
    first.replicate_to(&second, 300ms);
    Engine running(scenario_of({&first, &second}, 200));
    const auto said = running.readable();
    CHECK(said.state == Readability::State::shown);
    CHECK(said.notes.empty());
}

TEST_CASE("a template that never finds a value is amiss, and the answer is shown") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 200);
    scenario.settle = scenario.ledger_patience = 100ms;
    auto& read = *scenario.loads[0].driver_params.at("read").as<Params>();
    read["value"] = "/vlaue";
    Engine running(scenario);
    const auto said = running.readable();
    CHECK(said.state == Readability::State::amiss);
    CHECK(said.why.find("shows no value for a key whose write was acknowledged; it answered: "
                        "{\"value\":\"3006") != std::string::npos);
    CHECK(said.why.find("Write under `read` where the value is") != std::string::npos);
}

TEST_CASE("a node that cannot be reached at its own endpoint is amiss") {
    FaultServer second("n1", false);
    FaultServer first("n0");
    second.set_mood(Mood::refuse);
    auto scenario = scenario_of({&first, &second}, 200);
    scenario.settle = scenario.ledger_patience = 100ms;
    Engine running(scenario);
    const auto said = running.readable();
    CHECK(said.state == Readability::State::amiss);
    CHECK(said.why.find("load load: n1 at 127.0.0.1:") == 0);
    CHECK(said.why.find("cannot be read: refused") != std::string::npos);
}

TEST_CASE("a store that says itself that the keys are absent is for the ledger to judge") {
    FaultServer server("n0");
    server.forget();
    auto scenario = scenario_of({&server}, 200);
    scenario.settle = scenario.ledger_patience = 100ms;
    Engine running(scenario);
    const auto said = running.readable();
    CHECK(said.state == Readability::State::shown);
    REQUIRE(!said.notes.empty());
    CHECK(said.notes[0].find("says that writes acknowledged before are absent") !=
          std::string::npos);
}

TEST_CASE("streams are counted by when operations were due") {
    FaultServer server("n0");
    auto scenario = scenario_of({&server}, 500);
    scenario.loads.push_back(scenario.loads[0]);
    scenario.loads[1].name = "small";
    scenario.loads[1].rate_per_s = 20;
    scenario.loads[1].writes = 1;
    scenario.steady.window = 500ms;
    Engine running(scenario);
    REQUIRE(running.started.has_value());
    pause(1s);
    const Instant begin = *running.started;
    const auto streams = running.engine->streams({begin + 100ms, begin + 600ms});
    REQUIRE(streams.size() == 4);
    CHECK(streams[0].due == 125);
    CHECK(streams[1].due == 125);
    CHECK(streams[2].due == 0);
    CHECK(streams[3].due == 10);
    CHECK(streams[3].load == 1);
    CHECK(streams[3].verb == Verb::write);
    for (const auto& each : streams) {
        CHECK(each.done == each.due);
        CHECK(each.good + each.by_cause == each.done);
    }
}
