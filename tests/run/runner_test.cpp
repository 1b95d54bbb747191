#include "harness/run/runner.hpp"

#include "tests/run/rig.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <set>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

bool has_event(const Rig& rig, const std::string& text) {
    return std::find(rig.progress.events.begin(), rig.progress.events.end(), text) !=
           rig.progress.events.end();
}

}  // namespace

TEST_CASE("a run goes through its steps in order and leaves the machine as it was") {
    Rig rig;
    const auto done = rig.go();
    const auto& evidence = done.evidence;
    REQUIRE(evidence.ending == Ending::completed);
    REQUIRE(evidence.ending_reason.empty());
    REQUIRE(evidence.run_id == 12345);
    REQUIRE(rig.engine.started_with == 12345);
    REQUIRE(done.unhealed.empty());
    REQUIRE(rig.machine == FakeMachine{});
    REQUIRE(rig.journal.outstanding().value().empty());
    REQUIRE(rig.journal.promises == 4);  // launch, outage, two pulses
    REQUIRE(rig.device.performed ==
            std::vector<std::string>{"break outage-a", "break outage-b", "break flap-a",
                                     "break flap-b", "mend flap-b", "mend flap-a", "mend outage-b",
                                     "mend outage-a", "break flap-a", "break flap-b", "mend flap-b",
                                     "mend flap-a"});
    REQUIRE(rig.launcher.performed == std::vector<std::string>{"break system", "mend system"});
    REQUIRE(rig.engine.calls == std::vector<std::string>{"start", "phase steady", "phase active",
                                                         "stop", "read_back", "take"});
    REQUIRE(rig.progress.events ==
            std::vector<std::string>{"launch regions", "steady state: 100 good operations a second",
                                     "inject outage: fake on us-1", "inject flap: fake on us-1",
                                     "heal flap", "heal outage", "inject flap: fake on us-1",
                                     "heal flap", "read the ledger back", "take the system down"});
}

TEST_CASE("a run notes when everything was, counted from the end of the steady window") {
    Rig rig;
    const auto evidence = rig.go().evidence;
    // The load begins at 0 and is good from the start: steady after one window of 3 s.
    REQUIRE(evidence.steady == Interval<Instant>{at(0s), at(3s)});
    REQUIRE(evidence.active == Interval<Instant>{at(3s), at(603s)});
    REQUIRE(evidence.finished == at(605s));  // 2 s to settle
    REQUIRE(evidence.faults.size() == 3);
    REQUIRE(evidence.faults[0].name == "outage");
    REQUIRE(evidence.faults[0].id == FaultId(1));
    REQUIRE(evidence.faults[0].kind == "fake");
    REQUIRE(evidence.faults[0].nodes == std::vector<NodeId>{NodeId(0)});
    REQUIRE(evidence.faults[0].injected == Interval<Instant>::point(at(63s)));
    REQUIRE(evidence.faults[0].healed == Interval<Instant>::point(at(303s)));
    REQUIRE(evidence.faults[1].injected == Interval<Instant>::point(at(123s)));
    REQUIRE(evidence.faults[2].injected == Interval<Instant>::point(at(363s)));
    REQUIRE(evidence.faults[2].affected == 2);
    REQUIRE(evidence.started_at == "2025-01-31T10:20:30Z");
    REQUIRE(evidence.topology == rig.scenario.topology);
    REQUIRE(evidence.roles.size() == 1);
    REQUIRE(evidence.clients.size() == 1);
    REQUIRE(evidence.health.size() == 1);
}

TEST_CASE("a run on fakes goes the same way every time") {
    REQUIRE(Rig().go().evidence == Rig().go().evidence);
}

TEST_CASE("operations are in the phase that their due time says") {
    Rig rig;
    // Bad for the first second, so that the steady window begins later.
    rig.engine.is_good = [](Instant now) { return now >= at(1s); };
    const auto evidence = rig.go().evidence;
    REQUIRE(evidence.steady.low >= at(900ms));
    REQUIRE(evidence.steady.width() == 3s);
    for (const auto& operation : evidence.operations) {
        if (operation.phase == Phase::final_read) continue;
        const auto wanted = operation.scheduled < evidence.steady.low    ? Phase::warmup
                            : operation.scheduled < evidence.steady.high ? Phase::steady
                                                                         : Phase::active;
        REQUIRE(operation.phase == wanted);
    }
    REQUIRE(evidence.operations.back().phase == Phase::final_read);
    REQUIRE(evidence.operations.front().phase == Phase::warmup);
}

TEST_CASE("a device that is not ready refuses the run before anything is changed") {
    Rig rig;
    rig.device.ready_answer = Error{ErrorCode::unsupported, "no privilege"};
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::refused);
    REQUIRE(done.evidence.ending_reason == "fake: no privilege");
    REQUIRE(rig.launcher.performed.empty());
    REQUIRE(rig.engine.calls.empty());
    REQUIRE(rig.journal.promises == 0);
}

TEST_CASE("links with hops need the device that opens them, also when no fault does") {
    Rig rig;
    Link link;
    link.listen = Endpoint{"127.0.0.1", 1};
    rig.scenario.topology.links = {link};
    REQUIRE(rig.go().evidence.ending_reason == "links have hops, and no device opens them");
}

TEST_CASE("the device that opens hops is asked although no action names it") {
    Rig rig;
    Link link;
    link.listen = Endpoint{"127.0.0.1", 1};
    rig.scenario.topology.links = {link};
    rig.launch.reset();
    rig.launcher.opens_hops = true;
    rig.launcher.ready_answer = Error{ErrorCode::unsupported, "no port is free"};
    REQUIRE(rig.go().evidence.ending_reason == "launcher: no port is free");
}

TEST_CASE("every device is asked once, and before the system is launched") {
    Rig rig;
    rig.launcher.before = [&](FaultId, const Action&) { CHECK(rig.device.ready_calls == 1); };
    rig.go();
    REQUIRE(rig.device.ready_calls == 1);
    REQUIRE(rig.launcher.ready_calls == 1);
}

TEST_CASE("a launch that fails is undone and refuses the run") {
    Rig rig;
    rig.launcher.fails = [](FaultId, const Action& action) { return action.verb == "break"; };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::refused);
    REQUIRE(done.evidence.ending_reason ==
            "launch: launcher break: the fake will not break system");
    REQUIRE(rig.launcher.performed.back() == "mend system");
    REQUIRE(rig.engine.calls.empty());
    require_healed_or_promised(rig, done);
}

TEST_CASE("a load or a watch that cannot start refuses the run and takes the system down") {
    Rig rig;
    SECTION("load") {
        rig.engine.start_answer = Error{ErrorCode::failed, "no sockets"};
        REQUIRE(rig.go().evidence.ending_reason == "load: no sockets");
    }
    SECTION("watch") {
        rig.watch.start_answer = Error{ErrorCode::failed, "no probe"};
        REQUIRE(rig.go().evidence.ending_reason == "probes: no probe");
    }
    REQUIRE(rig.launcher.performed.back() == "mend system");
    REQUIRE_FALSE(rig.watch.running);
}

TEST_CASE("plans are made when their step comes, with the roles of that moment") {
    Rig rig;
    std::vector<Role> seen;
    rig.plan = [&](const FaultStep& fault, const std::vector<Role>& roles, bool dry_run) {
        if (!dry_run) seen.push_back(roles.at(0));
        REQUIRE(roles.empty() == dry_run);
        return Rig::default_plan(fault, roles, dry_run);
    };
    rig.clock.at(at(100s), [&] { rig.watch.known_roles = {Role::replica}; });
    rig.go();
    REQUIRE(seen == std::vector<Role>{Role::primary, Role::replica, Role::replica});
}

TEST_CASE("a fault that cannot be planned when its step comes aborts the run") {
    Rig rig;
    rig.plan = [](const FaultStep& fault, const std::vector<Role>& roles,
                  bool dry_run) -> Result<FaultPlan> {
        if (!dry_run && fault.name == "flap") return Error{ErrorCode::failed, "no primary known"};
        return Rig::default_plan(fault, roles, dry_run);
    };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::aborted);
    REQUIRE(done.evidence.ending_reason == "flap: no primary known");
    REQUIRE(done.evidence.faults.size() == 1);
    REQUIRE(done.evidence.faults[0].healed);
    require_healed_or_promised(rig, done);
}

TEST_CASE("whichever action fails, the machine ends as it was or the promise stands") {
    // 14 actions of the undisturbed run and the undoing; each fails once, or from then on always.
    for (int nth = 1; nth <= 20; ++nth) {
        for (const bool always : {false, true}) {
            Rig rig;
            int count = 0;
            const auto fails = [&](FaultId, const Action&) {
                ++count;
                return always ? count >= nth : count == nth;
            };
            rig.device.fails = fails;
            rig.launcher.fails = fails;
            const auto done = rig.go();
            INFO("action " << nth << " " << always << ": " << done.evidence.ending_reason);
            if (nth < 14) REQUIRE(done.evidence.ending != Ending::completed);
            if (!always) REQUIRE(rig.machine == FakeMachine{});
            require_healed_or_promised(rig, done);
        }
    }
}

TEST_CASE("whenever the disk fills up, the machine ends as it was or the promise stands") {
    for (int writes = 0; writes <= 8; ++writes) {
        Rig rig;
        rig.journal.writes_left = writes;
        const auto done = rig.go();
        REQUIRE(rig.machine == FakeMachine{});
        require_healed_or_promised(rig, done);
    }
}

TEST_CASE("whenever a stop is asked for, everything is healed and the evidence is kept") {
    Rig undisturbed;
    undisturbed.go();
    const int sleeps = undisturbed.clock.sleeps;
    REQUIRE(sleeps > 100);
    std::set<std::size_t> faults_seen;
    for (int nth = 1; nth <= sleeps; nth += 7) {
        Rig rig;
        rig.stop_at_sleep = nth;
        const auto done = rig.go();
        INFO("stopped at sleep " << nth);
        REQUIRE(done.evidence.ending == Ending::aborted);
        REQUIRE(done.evidence.ending_reason == "interrupted");
        REQUIRE(done.unhealed.empty());
        REQUIRE(rig.clock.sleeps == nth);
        REQUIRE(rig.machine == FakeMachine{});
        for (const auto& window : done.evidence.faults) REQUIRE(window.healed);
        require_healed_or_promised(rig, done);
        faults_seen.insert(done.evidence.faults.size());
    }
    REQUIRE(faults_seen == std::set<std::size_t>{0, 1, 2, 3});
}

TEST_CASE("a stop asked for during an action of a device heals that fault as well") {
    for (int nth = 1; nth <= 14; ++nth) {
        Rig rig;
        int count = 0;
        const auto stop = [&](FaultId, const Action&) {
            if (++count == nth) rig.stop.request_stop();
        };
        rig.device.before = stop;
        rig.launcher.before = stop;
        const auto done = rig.go();
        // The 14th takes the system down, when there is nothing left to abort.
        REQUIRE(done.evidence.ending == (nth < 14 ? Ending::aborted : Ending::completed));
        REQUIRE(rig.machine == FakeMachine{});
        require_healed_or_promised(rig, done);
    }
}

TEST_CASE("a stop asked for while reading back aborts, with what was read") {
    Rig rig;
    rig.engine.on_read_back = [&] { rig.stop.request_stop(); };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::aborted);
    REQUIRE(done.evidence.operations.back().phase == Phase::final_read);
}

TEST_CASE("a heal that fails for good aborts the run and makes it dirty") {
    Rig rig;
    rig.device.fails = [](FaultId, const Action& action) {
        return action == mend_action("flap-a");
    };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::aborted);
    REQUIRE(done.evidence.ending_reason ==
            "healing flap failed: fake mend: the fake will not mend flap-a");
    REQUIRE(done.unhealed ==
            std::vector<std::string>{"flap: fake mend: the fake will not mend flap-a"});
    REQUIRE(done.evidence.faults[1].heal_error == "fake mend: the fake will not mend flap-a");
    REQUIRE(rig.machine.broken ==
            std::set<std::pair<FaultId, std::string>>{{FaultId(2), "fake/flap-a"}});
    require_healed_or_promised(rig, done);
}

TEST_CASE("a system that cannot be taken down makes the run dirty but not aborted") {
    Rig rig;
    rig.launcher.fails = [](FaultId, const Action& action) { return action.verb == "mend"; };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::completed);
    REQUIRE(done.unhealed ==
            std::vector<std::string>{"launch: launcher mend: the fake will not mend system"});
    REQUIRE(done.evidence.notes ==
            std::vector<std::string>{"the system could not be taken down: launcher mend: the fake "
                                     "will not mend system"});
    require_healed_or_promised(rig, done);
}

TEST_CASE("a success rate below a stop condition for its length aborts the run") {
    Rig rig;
    rig.scenario.stop_conditions = {{"success_rate", 0.5, 10s}};
    rig.engine.is_good = [](Instant now) { return now < at(100s); };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::aborted);
    REQUIRE(done.evidence.ending_reason == "stop condition: success rate 0, below 0.5 for 10 s");
    REQUIRE(done.evidence.active.high == at(110s));
    require_healed_or_promised(rig, done);
}

TEST_CASE("a dip shorter than a stop condition's length does not abort") {
    Rig rig;
    rig.scenario.stop_conditions = {{"success_rate", 0.5, 10s}};
    rig.engine.is_good = [](Instant now) {
        const auto into = now.time_since_epoch() % 20s;
        return now < at(60s) || now > at(500s) || into >= 9s;
    };
    REQUIRE(rig.go().evidence.ending == Ending::completed);
}

TEST_CASE(
    "a late heal lengthens the load until a steady window and the longest timeout fit behind it") {
    Rig rig;
    rig.steps.back().at = 599s;
    rig.scenario.loads.resize(2);
    rig.scenario.loads[0].timeout = 1s;
    rig.scenario.loads[1].timeout = 5s;
    const auto evidence = rig.go().evidence;
    REQUIRE(evidence.active.high == at(3s + 599s + 5s + 3s));
}

TEST_CASE("a fault without a heal step lasts until the end of the duration") {
    Rig rig;
    rig.steps.pop_back();
    const auto evidence = rig.go().evidence;
    REQUIRE(evidence.faults[2].healed == Interval<Instant>::point(at(603s)));
    REQUIRE(evidence.active.high == at(606s));
}

TEST_CASE("a system that stands already is neither launched nor taken down") {
    Rig rig;
    rig.launch.reset();
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::completed);
    REQUIRE(rig.launcher.performed.empty());
    REQUIRE_FALSE(has_event(rig, "take the system down"));
}

TEST_CASE("a ledger that cannot be read back is noted, and the run still counts") {
    Rig rig;
    rig.engine.read_back_answer = Error{ErrorCode::failed, "no node answers"};
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::completed);
    REQUIRE(done.evidence.notes ==
            std::vector<std::string>{"reading back failed: no node answers"});
}

TEST_CASE("what became of connections is evidence, with what devices say about it") {
    Rig rig;
    rig.device.seen = {{{"a->b", "rst_by_fault", {FaultId(1)}, 3, 10, 20}}, {"some are missing"}};
    rig.launcher.seen = {{{"c->d", "open", {}, 1, 0, 0}}, {}};
    const auto done = rig.go();
    CHECK(done.evidence.connections ==
          std::vector<ConnectionCount>{{"a->b", "rst_by_fault", {FaultId(1)}, 3, 10, 20},
                                       {"c->d", "open", {}, 1, 0, 0}});
    CHECK(done.evidence.notes == std::vector<std::string>{"fake: some are missing"});
}

TEST_CASE("progress is shown five times a second, with the phase and the faults in force") {
    Rig rig;
    rig.engine.is_good = [](Instant now) { return now < at(63s) || now >= at(90s); };
    rig.go();
    std::set<std::string> phases;
    Duration longest{};
    for (std::size_t i = 0; i < rig.progress.shown.size(); ++i) {
        const auto& shown = rig.progress.shown[i];
        phases.insert(shown.phase);
        longest = std::max(longest, shown.below_for);
        if (i > 0) REQUIRE(shown.now - rig.progress.shown[i - 1].now <= 200ms);
        // A look at the very moment of a step comes before the step.
        const bool in_outage = shown.now > at(63s) && shown.now <= at(303s);
        const bool is_named = !shown.in_force.empty() && shown.in_force.front() == "outage";
        REQUIRE(in_outage == is_named);
    }
    REQUIRE(phases == std::set<std::string>{"launch", "steady", "faults", "settle", "read back"});
    // Below from 63 to 90 s, seen every 200 ms: the last look before 90 s is at 89.8 s.
    REQUIRE(longest == 26800ms);
}
