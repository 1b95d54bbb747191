// The engine with several regions and nodes: where operations go, and what is read back at the end.
#include "tests/load/play.hpp"
#include "tests/support/catch.hpp"

#include <map>
#include <set>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

TEST_CASE("failover follows the health checks there and back") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 300);
    scenario.loads[0].route.check_path = "/health";
    scenario.loads[0].route.check_interval = 50ms;
    scenario.loads[0].route.check_timeout = 1s;  // A busy machine is not a dead node.
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

TEST_CASE(
    "a health check asks with its headers, and a node is out when its answer is not the one") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 300);
    auto& route = scenario.loads[0].route;
    route.check_path = "/status";
    route.check_interval = 30ms;
    route.check_timeout = 1s;
    route.check_headers = {{"Authorization", "Bearer x"}};
    route.check_expect = {{"equals", Params{{"/role", "primary"}}}};
    const auto played = play(scenario, 900ms, {{300ms, [&] {
                                                    first.set_primary(false);
                                                    second.set_primary(true);
                                                }}});
    CHECK(first.last_head().find("\r\nAuthorization: Bearer x\r\n") != std::string::npos);
    CHECK(played.operations.back().node == NodeId(1));
    // Both nodes answered every check with 200.
    CHECK(played.health.size() >= 2);
}

TEST_CASE("a region whose clients have no share of the load holds nobody up") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    auto scenario = scenario_of({&first, &second}, 300);
    scenario.loads[0].regions = {"r0", "r1"};
    scenario.loads[0].shares = {1, 0};
    scenario.loads[0].clients_per_region = 1;  // so that one of two shards has nothing to do
    const auto played = play(scenario, 300ms);
    require_schedule(played.operations, 300);
    CHECK(played.operations.size() > 60);
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
    scenario.loads[0].route.policy = "retry_elsewhere";
    scenario.loads[0].regions = {"r0"};
    scenario.loads[0].timeout = 1s;
    const auto played = play(scenario, 600ms, {{200ms, [&] { first.set_mood(Mood::blackhole); }}});
    require_schedule(played.operations, 300);
    const auto elsewhere = second.stored();
    std::size_t saved = 0;
    for (const auto& each : played.operations) {
        CHECK(each.outcome == Outcome::ok);
        if (each.served_by == NodeId(1)) {
            ++saved;
            // Half of the time went to the first region.
            CHECK(each.latency() >= 500ms);
            if (each.verb == Verb::write) CHECK(elsewhere.at(each.key) == each.value);
        }
    }
    CHECK(saved > 50);  // of the 120 due since
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
        const auto started = engine->start(scenario, 1, clock.now());
        return started ? std::string("started") : started.error().message;
    };
    scenario.loads[0].driver = "gopher";
    CHECK(message() == "load load: driver: \"gopher\" is not a driver");
    scenario.loads[0].driver = "http";
    scenario.loads[0].regions = {"mars"};
    CHECK(message() == "load load: regions: \"mars\" is not a region");
    scenario.loads[0].regions = {};
    scenario.loads[0].route.policy = "nearest";
    CHECK(message() == "load load: route: policy: \"nearest\" is no policy");
    scenario.loads[0].route.policy = "failover";
    scenario.loads[0].cohorts[0].behaviour = "guess";
    CHECK(message() == "load load: clients: \"guess\" is no behaviour");
    scenario.loads[0].driver_params["reed"] = Value(Params{});
    CHECK(message().find("reed") != std::string::npos);
}
