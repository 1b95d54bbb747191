// A whole run on fakes: a scenario of ten minutes with two faults, on a machine of plain values.
#pragma once

#include "harness/run/recover.hpp"
#include "harness/run/runner.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_device.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/fake_progress.hpp"
#include "tests/support/result.hpp"

#include <memory>

namespace gameday::test {

struct Rig {
    Rig() {
        scenario.topology.regions = {{RegionId(0), "us-east", {NodeId(0)}}};
        Node node;
        node.id = NodeId(0);
        node.name = "us-1";
        node.region = RegionId(0);
        scenario.topology.nodes = {node};
        scenario.launch.name = "regions";
        scenario.duration = std::chrono::minutes(10);
        add_fault("outage");
        add_fault("flap");
        // The outage lasts from 1 to 5 min; the flap has two pulses, the first inside the outage.
        using scenario::StepKind;
        const auto min = [](int count) { return Duration(std::chrono::minutes(count)); };
        steps = {{min(1), StepKind::inject, FaultId(1), 0, 0},
                 {min(2), StepKind::inject, FaultId(2), 1, 0},
                 {min(3), StepKind::heal, FaultId(2), 1, 0},
                 {min(5), StepKind::heal, FaultId(1), 0, 0},
                 {min(6), StepKind::inject, FaultId(2), 1, 1},
                 {min(7), StepKind::heal, FaultId(2), 1, 1}};
        clock.on_sleep = [this](int sleeps) {
            if (sleeps == stop_at_sleep) stop.request_stop();
        };
    }

    run::Done go() {
        run::Devices devices({&device, &launcher});
        const run::Environment environment{devices, journal,  engine,          watch,
                                           clock,   progress, stop.get_token()};
        const run::Order order{scenario,
                               steps,
                               [this](const FaultStep& fault, std::vector<Role> roles,
                                      bool dry_run) { return plan(fault, roles, dry_run); },
                               launch,
                               "2025-01-31T10:20:30Z",
                               "0.1.0",
                               12345};
        return run::run(order, environment);
    }

    // Two targets for each fault, named after it.
    static Result<FaultPlan> default_plan(const FaultStep& fault, const std::vector<Role>&, bool) {
        FaultPlan plan;
        plan.inject = {break_action(fault.name + "-a"), break_action(fault.name + "-b")};
        plan.heal = {mend_action(fault.name + "-b"), mend_action(fault.name + "-a")};
        plan.nodes = {NodeId(0)};
        return plan;
    }

    void add_fault(const std::string& name) {
        FaultStep fault;
        fault.id = FaultId::of(scenario.faults.size() + 1);
        fault.name = name;
        fault.fault = "fake";
        scenario.faults.push_back(fault);
    }

    FakeMachine machine;
    FakeDevice device{"fake", machine};
    FakeDevice launcher{"launcher", machine};
    FakeJournal journal;
    FakeClock clock;
    FakeEngine engine{clock};
    FakeWatch watch;
    FakeProgress progress;
    std::stop_source stop;
    int stop_at_sleep = -1;
    Scenario scenario;
    std::vector<scenario::Step> steps;
    std::function<Result<FaultPlan>(const FaultStep&, const std::vector<Role>&, bool)> plan =
        default_plan;
    std::optional<FaultPlan> launch = FaultPlan{
        {break_action("system", "launcher")}, {mend_action("system", "launcher")}, {}, {}, true};
};

// Whatever happened: the machine is as it was, or the promise is still there and recovery keeps it.
inline void require_healed_or_promised(Rig& rig, const run::Done& done) {
    for (const auto& [id, target] : rig.machine.broken) {
        INFO(target << " is broken");
        REQUIRE(rig.journal.is_open(id));
    }
    const bool is_dirty = !rig.journal.outstanding().value().empty();
    REQUIRE(is_dirty == !done.unhealed.empty());
    rig.device.fails = nullptr;
    rig.launcher.fails = nullptr;
    rig.journal.writes_left = 1000;
    run::Devices devices({&rig.device, &rig.launcher});
    REQUIRE(run::recover(rig.journal, devices));
    REQUIRE(rig.machine == FakeMachine{});
    REQUIRE(rig.journal.outstanding().value().empty());
    REQUIRE_FALSE(rig.watch.running);
}

}  // namespace gameday::test
