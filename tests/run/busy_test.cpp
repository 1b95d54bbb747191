// What goes on while a device call is under way, and what is left of a fault that was never in
// force.
#include "tests/run/rig.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

// The first action of the outage waits until it is broken off, and fails then.
void block_until_broken_off(Rig& rig) {
    rig.device.fails_with = ErrorCode::interrupted;
    rig.device.fails = [&rig](FaultId, const Action& action) {
        if (!(action == break_action("outage-a"))) return false;
        for (int i = 0; i < 5000 && rig.device.interrupts == 0; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        return true;
    };
}

}  // namespace

TEST_CASE("a stop condition holds during a device call, ends it, and the fault is healed") {
    Rig rig;
    block_until_broken_off(rig);
    rig.scenario.stop_conditions = {{"success_rate", 0.5, Duration::zero()}};
    std::atomic<bool> is_down = false;
    rig.device.before = [&](FaultId, const Action&) { is_down = true; };
    rig.engine.is_good = [&](Instant) { return !is_down; };
    const auto done = rig.go();
    CHECK(rig.device.interrupts >= 1);
    CHECK(done.evidence.ending == Ending::aborted);
    CHECK(done.evidence.ending_reason.find("stop condition: success rate 0") == 0);
    CHECK(rig.device.performed ==
          std::vector<std::string>{"break outage-a", "mend outage-b", "mend outage-a"});
    require_healed_or_promised(rig, done);
}

TEST_CASE("a stop that is asked for ends a device call, and what heals is not broken off") {
    Rig rig;
    block_until_broken_off(rig);
    int interrupts_at_heal = -1;
    rig.device.before = [&](FaultId, const Action& action) {
        if (action == break_action("outage-a")) rig.stop.request_stop();
        if (action == mend_action("outage-b")) {
            interrupts_at_heal = rig.device.interrupts;
            std::this_thread::sleep_for(500ms);
        }
    };
    const auto done = rig.go();
    CHECK(done.evidence.ending == Ending::aborted);
    CHECK(done.evidence.ending_reason == "interrupted");
    CHECK(interrupts_at_heal >= 1);
    CHECK(rig.device.interrupts == interrupts_at_heal);
    require_healed_or_promised(rig, done);
}

TEST_CASE("the live line goes on during a device call") {
    Rig rig;
    rig.device.before = [&](FaultId, const Action& action) {
        if (action == break_action("outage-a")) std::this_thread::sleep_for(700ms);
    };
    rig.go();
    // The clock of the run stands still meanwhile.
    const auto looks = std::count_if(rig.progress.shown.begin(), rig.progress.shown.end(),
                                     [](const auto& each) { return each.now == at(63s); });
    CHECK(looks >= 3);
}

TEST_CASE("a slow inject does not use up the length of its fault") {
    Rig rig;
    rig.scenario.faults[0].length = 240s;
    rig.device.before = [&](FaultId, const Action& action) {
        if (action == break_action("outage-b")) rig.clock.pass(30s);
    };
    const auto evidence = rig.go().evidence;
    REQUIRE(evidence.faults[0].injected == Interval<Instant>{at(63s), at(93s)});
    REQUIRE(evidence.faults[0].healed == Interval<Instant>::point(at(333s)));
}

TEST_CASE("a fault of which nothing could be done was never in force") {
    Rig rig;
    SECTION("it could not be prepared") {
        rig.device.cannot_prepare = [](FaultId id, const Action&) { return id == FaultId(1); };
    }
    SECTION("its first action was refused") {
        rig.device.fails_with = ErrorCode::refused;
        rig.device.fails = [](FaultId, const Action& action) {
            return action == break_action("outage-a");
        };
    }
    const auto done = rig.go();
    CHECK(done.evidence.ending == Ending::aborted);
    CHECK(done.evidence.faults.empty());
    CHECK(done.unhealed.empty());
    require_healed_or_promised(rig, done);
}

TEST_CASE("a fault that was put in force in part stands in the log, and says so") {
    Rig rig;
    rig.device.fails = [](FaultId, const Action& action) {
        return action == break_action("outage-b");
    };
    const auto done = rig.go();
    REQUIRE(done.evidence.faults.size() == 1);
    CHECK(done.evidence.faults[0].healed);
    CHECK(done.evidence.faults[0].trouble ==
          "it was not put in force entirely: fake break: the fake will not break outage-b");
}

TEST_CASE("every action of every fault is asked whether it could be done, before the load") {
    Rig rig;
    SECTION("all can") {
        rig.go();
        CHECK(rig.device.checked.size() == 8);  // inject and heal of two faults with two targets
    }
    SECTION("one cannot") {
        rig.device.check_answer = Error{ErrorCode::refused, "write the pid file"};
        const auto done = rig.go();
        CHECK(done.evidence.ending == Ending::refused);
        CHECK(done.evidence.ending_reason == "outage: fake break: write the pid file");
        CHECK(rig.engine.calls.empty());
        CHECK(rig.device.performed.empty());
        CHECK(rig.launcher.performed == std::vector<std::string>{"break system", "mend system"});
    }
}
