// Good files: what becomes of them, and that what is saved of them reads the same.
#include "harness/json/json.hpp"
#include "harness/model/time_scale.hpp"
#include "harness/scenario/plan_text.hpp"
#include "harness/scenario/schema_check.hpp"
#include "tests/scenario/fake_catalog.hpp"
#include "tests/scenario/files.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <chrono>

namespace gameday {
namespace {

using namespace std::chrono_literals;

scenario::Parsed parsed(const std::string& text, const scenario::ParseOptions& options) {
    auto result = scenario::parse(text, options);
    for (const auto& error : result.errors) UNSCOPED_INFO(error.message);
    REQUIRE(result.parsed.has_value());
    return std::move(*result.parsed);
}

scenario::Parsed parsed_file(const std::string& name) {
    const auto text = test::read(std::string(GAMEDAY_TEST_DIR) + "/good/" + name);
    auto options = fakes::options(name);
    test::apply_comments(text, options);
    return parsed(text, options);
}

std::string plan(const Scenario& scenario) {
    const auto steps = scenario::schedule(scenario, fakes::catalog());
    REQUIRE(steps.has_value());
    return json::print(scenario::plan_value(scenario, *steps, fakes::catalog())) +
           scenario::plan_text(scenario, *steps, fakes::catalog());
}

TEST_CASE("every good file is read, and its saved tree gives the same plan without a launch") {
    const auto files = test::files("good", ".json");
    REQUIRE(files.size() >= 5);
    for (const auto& path : files) {
        INFO(path.filename().string());
        const auto first = parsed_file(path.filename().string());
        CHECK(scenario::check_schema(first.tree).empty());
        auto options = fakes::options(path.filename().string());
        options.describe = nullptr;
        const auto second = parsed(json::print_pretty(first.tree), options);
        CHECK(plan(second.scenario) == plan(first.scenario));
        CHECK(json::print(second.tree) == json::print(first.tree));
        CHECK(second.scenario.launch.up == first.scenario.launch.up);
        CHECK(second.scenario.launch.parameters == first.scenario.launch.parameters);
        CHECK(second.scenario.topology == first.scenario.topology);
        options.environment = nullptr;
        options.expand_environment = false;
        const auto judged = parsed(json::print_pretty(first.tree), options);
        CHECK(judged.scenario.minimum.hold == first.scenario.minimum.hold);
        CHECK(judged.scenario.topology == first.scenario.topology);
    }
}

TEST_CASE("parameters of a launched system keep their variables, so that no file holds a secret") {
    auto options = fakes::options();
    Params asked;
    options.describe = [&](const std::string& name, const Params& system) {
        asked = system;
        return fakes::describe(name,
                               {{"launch", name}, {"regions", *system.at("regions").as<List>()}});
    };
    options.time_scale = 0.5;
    const auto result = parsed(R"({"name": "x",
        "system": {"launch": "regions", "regions": ["us-east", "eu-west"], "password": "${TOKEN}",
                   "hold": "${HOLD}", "list": [{"deep": "a${REGION}b"}, "4s"]},
        "load": {"rate_per_s": 10, "timeout": "500ms"},
        "faults": [{"at": "1s", "fault": "region_outage", "region": "us-east", "for": "1s"}]})",
                               options);
    CHECK(text_at(asked, "password") == "s3cret");
    const auto& kept = result.scenario.launch.parameters;
    CHECK(text_at(kept, "password") == "${TOKEN}");
    CHECK(text_at(kept, "hold") == "1s");  // scaled: a duration, and no secret
    CHECK(json::print(kept.at("list")) == R"([{"deep":"a${REGION}b"},"2s"])");
    CHECK(json::print(result.tree).find("s3cret") == std::string::npos);
}

TEST_CASE("the short form takes what the launched system proposes below what the file says") {
    const auto scenario = parsed_file("short.json").scenario;
    REQUIRE(scenario.loads.size() == 1);
    const auto& load = scenario.loads[0];
    CHECK(load.route.policy == "failover");
    CHECK(load.route.check_path == "/primary");  // proposed
    CHECK(load.route.check_interval == 100ms);   // proposed, and the short "route" keeps it
    CHECK(load.driver_params.contains("read"));
    CHECK(load.regions == std::vector<std::string>{"us-east", "eu-west", "ap-south"});
    CHECK(load.route.policy_params.empty());  // the order of the regions
    CHECK(scenario.probes.size() == 1);
    CHECK(scenario.launch.folder == "/examples/regions");
    CHECK(text_at(scenario.launch.parameters, "replication") == "async");
    // The last heal is at 15 s, and 5 s is more than three times the default hold of 1 s.
    CHECK(scenario.duration == 20s);
    CHECK(scenario.minimum.latency == 500ms);
    CHECK(scenario.faults.at(0).id == FaultId(1));
    CHECK(scenario.targets.at(0).metric == "flaps");
}

TEST_CASE("the long form fills every field") {
    const auto scenario = parsed_file("long.json").scenario;
    CHECK(scenario.seed == 7);
    CHECK(scenario.kind == ScenarioKind::correctness);
    CHECK(scenario.topology.region(RegionId(1)).name == "eu");
    CHECK(scenario.topology.node(NodeId(2)).endpoint == Endpoint{"127.0.3.1", 7000});
    CHECK(scenario.topology.node(NodeId(1)).process.restart ==
          std::vector<std::string>{"/bin/sh", "-c", "./start us-2"});
    CHECK(scenario.topology.links.at(1).name == "clients:eu->us-1");
    CHECK(scenario.topology.links.at(1).target == Endpoint{"127.0.1.1", 7000});
    CHECK(scenario.topology.links.at(2).listen == Endpoint{"::1", 8003});
    CHECK(scenario.topology.links.at(3).name == "us-admin");
    const auto& orders = scenario.loads.at(0);
    CHECK(orders.ramp_to_per_s == 400);
    CHECK(orders.keys.skew == 0.99);
    CHECK(orders.shares == std::vector<double>{0.75, 0.25});
    CHECK(orders.route.policy == "weighted");
    CHECK(orders.route.policy_params == Params{{"weights", Params{{"us", 3.0}, {"eu", 1.0}}}});
    CHECK(scenario.loads.at(1).route.policy_params == Params{{"order", List{"eu", "us"}}});
    CHECK(orders.route.primary_path == "/leader");
    CHECK(orders.ownership == Ownership::per_key);
    CHECK_FALSE(scenario.loads.at(1).ledger);
    CHECK(scenario.loads.at(1).shares == std::vector<double>{1});
    CHECK(text_at(scenario.probes.at(0).params, "path") == "/status");
    CHECK(scenario.minimum.hold == 2s);
    CHECK(scenario.faults.at(1).at == 3500ms);  // slow link ends at 3 s, offset 500 ms
    CHECK(scenario.faults.at(1).name == "region_outage");
    CHECK(scenario.faults.at(2).name == "region_outage-2");
    CHECK_FALSE(scenario.faults.at(0).expects_outage);  // as the kind says
    CHECK_FALSE(scenario.faults.at(1).expects_outage);  // as the file says
    CHECK(scenario.faults.at(2).expects_outage);
    CHECK_FALSE(scenario.faults.at(4).length);
    CHECK(scenario.targets.at(0).id == "rto@us/region_outage");
    CHECK(scenario.targets.at(0).value == 3.0);
    CHECK(scenario.targets.at(1).severity == Severity::warn);
    CHECK(scenario.targets.at(2).comparison == Comparison::at_least);
    CHECK(scenario.stop_conditions.at(0).length == 10s);
    CHECK(scenario.formats == std::vector<std::string>{"text", "html"});
}

TEST_CASE("a tier adds the targets that the file does not declare itself") {
    const auto scenario = parsed_file("tier.json").scenario;
    REQUIRE(scenario.targets.size() == 2);
    CHECK(scenario.tier == "tier2");
    CHECK(scenario.targets[0].metric == "rto");
    CHECK(scenario.targets[0].value == 1800.0);  // 30 min of the file, not the hour of tier 2
    CHECK(scenario.targets[1].metric == "rpo");
    CHECK(scenario.targets[1].value == 900.0);  // 15 min
}

TEST_CASE("settings, seed and time scale change the scenario and are saved with it") {
    const auto result = parsed_file("settings.json");
    const auto& scenario = result.scenario;
    CHECK(text_at(scenario.launch.parameters, "bug") == "no_fencing");
    CHECK(scenario.loads.at(0).rate_per_s == 500);
    CHECK(scenario.seed == 9);
    CHECK(scenario.time_scale == 0.5);
    // Declared times are halved, wherever they stand …
    CHECK(scenario.loads.at(0).timeout == 500ms);
    CHECK(scenario.faults.at(0).at == 1s);
    CHECK(scenario.faults.at(0).length == std::optional<Duration>(2s));
    CHECK(text_at(scenario.faults.at(0).params, "delay") == "40ms");
    CHECK(text_at(scenario.launch.parameters, "interval") == "500ms");
    CHECK(scenario.targets.at(0).value == 2.5);
    CHECK(scenario.targets.at(0).declared == "5s x 0.5");
    // … but neither defaults nor what the launched system proposes, nor rates.
    CHECK(scenario.steady.window == 3s);
    CHECK(scenario.loads.at(0).route.check_interval == 100ms);
    CHECK(scenario.launch.timeout == 30s);
    const Value* scale = result.tree.find("$time_scale");
    REQUIRE(scale != nullptr);
    CHECK(*scale == Value(0.5));
}

TEST_CASE("every time that the scale leaves alone is told, and only under a scale") {
    const auto scaled = parsed_file("settings.json").scenario;
    const auto told = [&](const std::string& line) {
        return std::ranges::find(scaled.unscaled, line) != scaled.unscaled.end();
    };
    CHECK(told("/hold: 1s"));
    CHECK(told("/steady_state/window: 3s"));
    CHECK(told("/ledger_patience: 5s"));
    CHECK(told("/load/route/check_interval: 100ms of the launched system"));
    CHECK_FALSE(told("/load/timeout: 1s"));  // declared
    CHECK_FALSE(told("/cooldown: 0s"));      // nothing is nothing
    CHECK(scale_warning(scaled).find("multiplied by 0.5") != std::string::npos);
    CHECK(scale_warning(scaled).find("/hold: 1s") != std::string::npos);

    const auto plain = parsed_file("short.json").scenario;
    CHECK(plain.unscaled.empty());
    CHECK(scale_warning(plain).empty());
}

TEST_CASE("a setting of the system asks the launched system anew") {
    const auto first = parsed_file("tier.json");
    auto options = fakes::options();
    options.sets = {"system.regions=[\"one\"]"};
    const auto second = parsed(json::print(first.tree), options);
    CHECK(second.scenario.topology.regions.size() == 1);
}

TEST_CASE("a secret reaches the scenario but not the saved tree") {
    const auto result = parsed_file("long.json");
    CHECK(json::print(Value(result.scenario.loads.at(0).driver_params)).find("Bearer s3cret") !=
          std::string::npos);
    CHECK(json::print(result.tree).find("s3cret") == std::string::npos);
    CHECK(json::print(result.tree).find("Bearer ${TOKEN}") != std::string::npos);
}

TEST_CASE("a doubled dollar keeps the braces") {
    auto options = fakes::options();
    options.sets = {"title=cost $${TOKEN} and ${TOKEN}", "hypothesis=${unclosed"};
    const auto text = test::read(std::string(GAMEDAY_TEST_DIR) + "/good/least.json");
    const auto scenario = parsed(text, options).scenario;
    CHECK(scenario.title == "cost ${TOKEN} and s3cret");
    CHECK(scenario.hypothesis == "${unclosed");
}

TEST_CASE("a failing describe keeps its error code") {
    auto options = fakes::options("a.json");
    options.describe = [](const std::string&, const Params&) -> Result<Value> {
        return Error{ErrorCode::timed_out, "describe did not end within 30s"};
    };
    const auto result = scenario::parse(
        R"({"name":"a","system":{"launch":"regions"},"load":{"rate_per_s":1,"timeout":"1s"},
            "faults":[{"fault":"region_outage","region":"nowhere","at":"1s"}]})",
        options);
    REQUIRE(result.errors.size() == 1);  // names cannot be checked, so nothing else is said
    CHECK(result.errors[0] ==
          Error{ErrorCode::timed_out, "a.json: /system/launch: describe did not end within 30s"});
}

}  // namespace
}  // namespace gameday
