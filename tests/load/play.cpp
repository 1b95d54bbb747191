#include "tests/load/play.hpp"

#include "tests/support/catch.hpp"

#include <chrono>

namespace gameday::test {

using namespace std::chrono_literals;

Played play(const Scenario& scenario, Duration length, const std::vector<Act>& acts,
            Duration patience, std::uint32_t shards, const Catalog& catalog) {
    const SteadyClock clock;
    const auto engine = load::make_sharded_engine(catalog, clock, shards);
    engine->set_phase(Phase::steady);
    const Instant begin = clock.now() + 20ms;
    const auto started = engine->start(scenario, run_id, begin);
    if (!started) FAIL(started.error().message);
    const std::stop_token stop;
    SteadyClock sleeper = clock;
    Played played;
    for (const auto& each : acts) {
        sleeper.sleep_until(begin + each.at, stop);
        const Instant before = clock.now();
        each.act();
        played.acted.push_back({before, clock.now()});
    }
    sleeper.sleep_until(begin + length, stop);
    played.status = engine->status();
    engine->stop();
    played.lasted = clock.now() - begin;
    if (patience >= Duration::zero()) REQUIRE(engine->read_back(patience, stop).has_value());
    played.operations = engine->take_operations();
    played.clients = engine->clients();
    played.health = engine->take_health();
    played.causes = engine->take_causes();
    played.notes = engine->take_notes();
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

}  // namespace gameday::test
