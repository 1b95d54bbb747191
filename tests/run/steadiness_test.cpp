#include "harness/run/steadiness.hpp"

#include "tests/run/rig.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

TEST_CASE("a system that never is steady is refused, and nothing is injected") {
    Rig rig;
    rig.engine.is_good = [](Instant) { return false; };
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::refused);
    REQUIRE(done.evidence.ending_reason ==
            "no steady state: load load, reads of clients in us-east: 0 % of 300 operations were "
            "good in 3 s, wanted 99 %; most of the others: refused (300)");
    REQUIRE(rig.clock.now() == at(30s));  // the patience
    REQUIRE(rig.device.performed.empty());
    REQUIRE(rig.launcher.performed == std::vector<std::string>{"break system", "mend system"});
    for (const auto& each : done.evidence.operations) REQUIRE(each.phase == Phase::warmup);
    require_healed_or_promised(rig, done);
}

TEST_CASE("too little load is no steady state") {
    Rig rig;
    rig.engine.rate_per_s = 2;
    REQUIRE(rig.go().evidence.ending_reason ==
            "no steady state: 6 operations were due in 3 s, wanted 20 or more");
}

TEST_CASE("a system that becomes steady just in time is not refused") {
    Rig rig;
    rig.engine.is_good = [](Instant now) { return now >= at(26s); };
    REQUIRE(rig.go().evidence.ending == Ending::completed);
}

TEST_CASE("a small stream that is dead refuses the run, however good the large ones are") {
    Rig rig;
    rig.scenario.loads.resize(2);
    rig.scenario.loads[1].name = "small";
    StreamCount dead;
    dead.load = 1;
    dead.region = RegionId(0);
    dead.verb = Verb::write;
    dead.due = dead.done = dead.by_cause = 6;
    dead.cause = Cause::timed_out;
    rig.engine.thin = {dead};
    const auto done = rig.go();
    REQUIRE(done.evidence.ending == Ending::refused);
    REQUIRE(done.evidence.ending_reason ==
            "no steady state: load small, writes of clients in us-east: 0 % of 6 operations were "
            "good in 3 s, wanted 99 %; most of the others: timed_out (6)");
    REQUIRE(rig.device.performed.empty());
}

TEST_CASE("a stream of one cohort of several is told with its behaviour") {
    Rig rig;
    rig.scenario.loads.resize(1);
    rig.scenario.loads[0].cohorts = {{"resolve_once", {}}, {"pinned", {}}};
    StreamCount dead;
    dead.region = RegionId(0);
    dead.cohort = 1;
    dead.due = dead.done = 50;
    rig.engine.thin = {dead};
    REQUIRE(rig.go().evidence.ending_reason ==
            "no steady state: load load, reads of clients in us-east (pinned): 0 % of 50 "
            "operations were good in 3 s, wanted 99 %");
}

TEST_CASE("a window of which operations are still under way is not steady yet") {
    Rig rig;
    StreamCount slow;
    slow.region = RegionId(0);
    slow.due = 100;
    slow.done = slow.good = 98;  // two more may be bad: 98 % is not enough, 100 % would be
    rig.engine.thin = {slow};
    rig.clock.at(at(10s), [&] { rig.engine.thin[0].done = rig.engine.thin[0].good = 100; });
    const auto evidence = rig.go().evidence;
    REQUIRE(evidence.ending == Ending::completed);
    REQUIRE(evidence.steady.high == at(10s));
}

TEST_CASE("a stream without operations is no stream") {
    Rig rig;
    rig.engine.thin.resize(1);
    REQUIRE(rig.go().evidence.ending == Ending::completed);
}

TEST_CASE("what is written has to be seen to be readable before any fault") {
    Rig rig;
    SECTION("what cannot be read refuses the run, with what to write") {
        rig.engine.readability = {Readability::State::amiss, "write where the value is", {}};
        const auto done = rig.go();
        REQUIRE(done.evidence.ending == Ending::refused);
        REQUIRE(done.evidence.ending_reason == "write where the value is");
        REQUIRE(rig.device.performed.empty());
    }
    SECTION("the newest steady window is taken once it is known") {
        rig.engine.readability.state = Readability::State::pending;
        rig.clock.at(at(8s), [&] {
            rig.engine.readability = {Readability::State::shown, {}, {"b does not serve reads"}};
        });
        const auto evidence = rig.go().evidence;
        REQUIRE(evidence.steady == Interval<Instant>{at(5s), at(8s)});
        REQUIRE(evidence.notes == std::vector<std::string>{"b does not serve reads"});
    }
    SECTION("where nothing is written nothing is waited for but patience") {
        rig.engine.readability.state = Readability::State::pending;
        const auto evidence = rig.go().evidence;
        REQUIRE(evidence.ending == Ending::completed);
        REQUIRE(evidence.steady.high == at(30s));
    }
}
