// Steps: everything injected is healed, in time order, and heals come first.
#include "harness/scenario/schedule.hpp"

#include "harness/base/random.hpp"
#include "harness/scenario/plan_text.hpp"
#include "tests/scenario/fake_catalog.hpp"
#include "tests/scenario/files.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <cstdlib>
#include <map>

namespace gameday {
namespace {

using namespace std::chrono_literals;
using scenario::Step;
using scenario::StepKind;

Topology two_regions() {
    Topology topology;
    for (const char* name : {"us", "eu"}) {
        const auto region = RegionId::of(topology.regions.size());
        const auto node = NodeId::of(topology.nodes.size());
        topology.regions.push_back({region, name, {node}});
        Node each;
        each.id = node;
        each.name = std::string(name) + "-1";
        each.region = region;
        topology.nodes.push_back(each);
    }
    return topology;
}

FaultStep step(std::uint32_t id, std::string fault, Params params, Duration at,
               std::optional<Duration> length) {
    FaultStep result;
    result.id = FaultId(id);
    result.name = fault + std::to_string(id);
    result.fault = std::move(fault);
    result.params = std::move(params);
    result.at = at;
    result.length = length;
    return result;
}

Scenario scenario_of(std::vector<FaultStep> faults, Duration duration) {
    Scenario scenario;
    scenario.name = "steps";
    scenario.topology = two_regions();
    scenario.faults = std::move(faults);
    scenario.duration = duration;
    return scenario;
}

TEST_CASE("at one instant heals come before injects") {
    const auto scenario = scenario_of({step(1, "region_outage", {{"region", "us"}}, 1s, 2s),
                                       step(2, "region_outage", {{"region", "eu"}}, 3s, {})},
                                      5s);
    const auto steps = scenario::schedule(scenario, fakes::catalog());
    REQUIRE(steps.has_value());
    CHECK(*steps == std::vector<Step>{{1s, StepKind::inject, FaultId(1), 0, 0},
                                      {3s, StepKind::heal, FaultId(1), 0, 0},
                                      {3s, StepKind::inject, FaultId(2), 1, 0},
                                      {5s, StepKind::heal, FaultId(2), 1, 0}});
}

TEST_CASE("a wave becomes pulses, and the last is cut short by the end of its step") {
    const Params of{{"fault", "region_outage"}, {"region", "us"}};
    const auto scenario = scenario_of(
        {step(1, "flap", {{"of", Value(of)}, {"on", "300ms"}, {"off", "200ms"}}, 1s, 1100ms)}, 5s);
    const auto steps = scenario::schedule(scenario, fakes::catalog());
    REQUIRE(steps.has_value());
    CHECK(*steps == std::vector<Step>{{1000ms, StepKind::inject, FaultId(1), 0, 0},
                                      {1300ms, StepKind::heal, FaultId(1), 0, 0},
                                      {1500ms, StepKind::inject, FaultId(1), 0, 1},
                                      {1800ms, StepKind::heal, FaultId(1), 0, 1},
                                      {2000ms, StepKind::inject, FaultId(1), 0, 2},
                                      {2100ms, StepKind::heal, FaultId(1), 0, 2}});
}

TEST_CASE("whatever the faults, each inject has its heal, later and within the run") {
    Random random(1, "schedules");
    const auto any = [&](Duration most) {
        return Duration(
            static_cast<std::int64_t>(1 + random.below(static_cast<std::uint64_t>(most.count()))));
    };
    for (int round = 0; round < 300; ++round) {
        const Duration duration = any(30s);
        std::vector<FaultStep> faults;
        for (std::uint32_t id = 1; id <= 1 + random.below(6); ++id) {
            const Params outage{{"region", random.chance(0.5) ? "us" : "eu"}};
            Params of = outage;
            of["fault"] = "region_outage";
            const bool waves = random.chance(0.4);
            const std::optional<Duration> length =
                random.chance(0.7) ? std::optional<Duration>(any(40s)) : std::nullopt;
            faults.push_back(waves
                                 ? step(id, "flap",
                                        {{"of", Value(of)},
                                         {"on", duration_literal(100ms + any(5s))},
                                         {"off", duration_literal(100ms + any(5s))}},
                                        any(duration) - 1ns, length)
                                 : step(id, "region_outage", outage, any(duration) - 1ns, length));
        }
        const auto scenario = scenario_of(faults, duration);
        const auto steps = scenario::schedule(scenario, fakes::catalog());
        REQUIRE(steps.has_value());
        std::map<std::uint32_t, bool> in_force;
        Duration last{};
        for (const auto& each : *steps) {
            CHECK(each.at >= last);
            CHECK(each.at <= duration);
            CHECK(in_force[each.fault.value] == (each.kind == StepKind::heal));
            in_force[each.fault.value] = each.kind == StepKind::inject;
            last = each.at;
        }
        for (const auto& [fault, injected] : in_force) CHECK_FALSE(injected);
        CHECK(in_force.size() == faults.size());
    }
}

TEST_CASE("a schedule that cannot be is refused, naming the step") {
    const auto message = [](FaultStep fault) {
        const auto steps =
            scenario::schedule(scenario_of({std::move(fault)}, 5s), fakes::catalog());
        REQUIRE(steps.has_error());
        return steps.error().message;
    };
    CHECK(message(step(1, "eclipse", {}, 1s, {})) ==
          "/faults/0: \"eclipse\" is no fault of this build");
    CHECK(message(step(1, "region_outage", {{"region", "us"}}, 5s, {})) ==
          "/faults/0: begins at 5 s, when the run of 5 s is over");
    CHECK(message(step(1, "region_outage", {{"region", "mars"}}, 1s, {})) ==
          "/faults/0: region: no node has the name \"mars\"");
    Catalog without_devices = fakes::catalog();
    without_devices.devices.clear();
    const auto steps = scenario::schedule(
        scenario_of({step(1, "region_outage", {{"region", "us"}}, 1s, {})}, 5s), without_devices);
    REQUIRE(steps.has_error());
    CHECK(steps.error().code == ErrorCode::unsupported);
}

TEST_CASE("the plan of a file is the approved text") {
    for (const auto& path : test::files("good", ".json")) {
        INFO(path.filename().string());
        const auto text = test::read(path);
        auto options = fakes::options();
        test::apply_comments(text, options);
        options.expand_environment = false;  // a plan shows no secrets
        const auto result = scenario::parse(text, options);
        REQUIRE(result.parsed.has_value());
        const auto steps = scenario::schedule(result.parsed->scenario, fakes::catalog());
        REQUIRE(steps.has_value());
        const auto plan = scenario::plan_text(result.parsed->scenario, *steps, fakes::catalog());
        auto approved = path;
        approved.replace_extension(".plan.txt");
        if (std::getenv("GAMEDAY_APPROVE") != nullptr) test::write(approved, plan);
        CHECK(plan == test::read(approved));
        CHECK(plan.find("s3cret") == std::string::npos);
    }
}

}  // namespace
}  // namespace gameday
