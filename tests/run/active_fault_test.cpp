#include "harness/run/active_fault.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_device.hpp"
#include "tests/support/fake_journal.hpp"
#include "tests/support/result.hpp"

#include <optional>

using namespace gameday;
using namespace gameday::run;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

struct Bench {
    FakeMachine machine;
    FakeDevice device{"fake", machine};
    FakeDevice mute{"mute", machine};
    Devices devices{{&device, &mute}};
    FakeJournal journal;
    FakeClock clock;
    FaultLog log;
    FaultWindow about;
    FaultPlan plan{{break_action("a"), break_action("b"), break_action("c")},
                   {mend_action("c"), mend_action("b"), mend_action("a")},
                   {},
                   {},
                   true};

    Bench() {
        about.id = FaultId(1);
        about.name = "outage";
        mute.counts = false;
    }
    Result<ActiveFault> inject() {
        return ActiveFault::inject(about, plan, {devices, journal, clock, log});
    }
};

}  // namespace

TEST_CASE("a promise is made before the first effect and kept after the last heal") {
    Bench bench;
    int looks = 0;
    const auto look = [&](FaultId id, const Action&) {
        ++looks;
        CHECK(bench.journal.is_open(id));
    };
    bench.device.before = look;
    bench.device.after = look;
    {
        const auto fault = bench.inject();
        REQUIRE(fault);
        REQUIRE(bench.machine.broken.size() == 3);
    }
    REQUIRE(looks == 12);  // before and after each of three injects and three heals
    REQUIRE_FALSE(bench.journal.is_open(FaultId(1)));
    REQUIRE(bench.machine == FakeMachine{});
}

TEST_CASE("without a promise there is no effect and no entry in the log") {
    Bench bench;
    bench.journal.writes_left = 0;
    const auto fault = bench.inject();
    REQUIRE(fault.has_error());
    REQUIRE(fault.error().message == "nothing was injected: the disk is full");
    REQUIRE(bench.device.performed.empty());
    REQUIRE(bench.log.empty());
}

TEST_CASE("all is prepared before anything is in force") {
    Bench bench;
    std::vector<std::size_t> prepared;
    bench.device.before = [&](FaultId, const Action&) {
        prepared.push_back(bench.device.prepared.size());
    };
    const auto fault = bench.inject();
    REQUIRE(fault);
    REQUIRE(prepared == std::vector<std::size_t>{3, 3, 3});
    REQUIRE(bench.device.prepared == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("when one action cannot be prepared none is performed, and what was prepared is undone") {
    Bench bench;
    bench.device.cannot_prepare = [](FaultId, const Action& action) {
        return action == break_action("c");
    };
    const auto fault = bench.inject();
    REQUIRE(fault.has_error());
    REQUIRE(fault.error().message == "fake break: the fake cannot prepare c");
    REQUIRE(bench.device.performed == std::vector<std::string>{"mend c", "mend b", "mend a"});
    REQUIRE_FALSE(bench.journal.is_open(FaultId(1)));
    REQUIRE(bench.log.empty());
}

TEST_CASE("what preparing takes is not taken for the moment of injecting") {
    Bench bench;
    bench.device.cannot_prepare = [&](FaultId, const Action&) {
        bench.clock.pass(5s);
        return false;
    };
    const auto before = bench.clock.now();
    const auto fault = bench.inject();
    REQUIRE(fault);
    REQUIRE(fault->window().injected.low >= before + 15s);
}

TEST_CASE("an inject that fails at any action undoes all and closes its promise") {
    for (const std::string failing : {"a", "b", "c"}) {
        Bench bench;
        bench.device.fails = [&](FaultId, const Action& action) {
            return action == break_action(failing);
        };
        const auto fault = bench.inject();
        REQUIRE(fault.has_error());
        REQUIRE(fault.error().message == "fake break: the fake will not break " + failing);
        REQUIRE(bench.machine == FakeMachine{});
        REQUIRE_FALSE(bench.journal.is_open(FaultId(1)));
        REQUIRE(bench.log.size() == 1);
        REQUIRE(bench.log[0].healed);
    }
}

TEST_CASE("a heal that fails tries everything else, stays promised, and can be tried again") {
    Bench bench;
    auto fault = bench.inject();
    REQUIRE(fault);
    bench.device.fails = [](FaultId, const Action& action) { return action == mend_action("c"); };
    const auto healed = fault->heal();
    REQUIRE(healed.error().message == "fake mend: the fake will not mend c");
    REQUIRE(bench.machine.broken.size() == 1);
    REQUIRE(bench.journal.is_open(FaultId(1)));
    REQUIRE(bench.log[0].heal_error == "fake mend: the fake will not mend c");
    REQUIRE_FALSE(bench.log[0].healed);

    bench.device.fails = nullptr;
    REQUIRE(fault->heal());
    REQUIRE(bench.machine == FakeMachine{});
    REQUIRE_FALSE(bench.journal.is_open(FaultId(1)));
    REQUIRE(bench.log[0].heal_error.empty());
    REQUIRE(bench.log[0].healed);
}

TEST_CASE("a fault healed by hand is not healed again when it is dropped") {
    Bench bench;
    {
        auto fault = bench.inject();
        REQUIRE(fault->heal());
        REQUIRE(fault->heal());
    }
    REQUIRE(bench.device.performed.size() == 6);
}

TEST_CASE("a moved fault is healed once, where it went") {
    Bench bench;
    {
        auto fault = bench.inject();
        REQUIRE(fault);
        {
            const ActiveFault moved = std::move(*fault);
            REQUIRE(moved.id() == FaultId(1));
            REQUIRE(bench.machine.broken.size() == 3);
        }
        REQUIRE(bench.machine == FakeMachine{});
    }
    REQUIRE(bench.device.performed.size() == 6);
}

TEST_CASE("a heal that the journal cannot write down leaves the promise open and says so") {
    Bench bench;
    auto fault = bench.inject();
    bench.journal.writes_left = 0;
    REQUIRE(fault->heal().error().message == "healed, but not written down: the disk is full");
    REQUIRE(bench.machine == FakeMachine{});
    REQUIRE(bench.journal.is_open(FaultId(1)));
    REQUIRE(bench.log[0].heal_error == "healed, but not written down: the disk is full");
}

TEST_CASE("moments of injecting and healing lie around the calls of the device") {
    Bench bench;
    bench.clock.pass(1s);
    bench.device.before = [&](FaultId, const Action&) { bench.clock.pass(10ms); };
    auto fault = bench.inject();
    bench.clock.pass(5s);
    REQUIRE(fault->heal());
    // Three actions of 10 ms each, twice.
    REQUIRE(bench.log[0].injected == Interval<Instant>{at(1s), at(1030ms)});
    REQUIRE(bench.log[0].healed == Interval<Instant>{at(6030ms), at(6060ms)});
}

TEST_CASE("the bite of a pulse leaves out the bites of pulses before") {
    Bench bench;
    bench.device.bites = 40;
    auto first = bench.inject();
    bench.device.bites = 100;
    REQUIRE(first->heal());
    REQUIRE(bench.log[0].affected == 60);
    auto second = bench.inject();
    bench.device.bites += 7;
    REQUIRE(second->heal());
    REQUIRE(bench.log[1].affected == 10);  // its own three actions and the seven
}

TEST_CASE("a device that forgets its count when it heals has still proved the bite") {
    Bench bench;
    auto fault = bench.inject();
    bench.device.bites = 5;
    bench.device.before = [&](FaultId, const Action&) { bench.device.bites = 0; };
    REQUIRE(fault->heal());
    REQUIRE(bench.log[0].affected == 5);
}

TEST_CASE("what was amiss with a fault is noted when it is healed") {
    Bench bench;
    auto fault = bench.inject();
    bench.device.amiss = "its lease ran out";
    REQUIRE(fault->heal());
    REQUIRE(bench.log[0].trouble == std::string(bench.device.name()) + ": its lease ran out");
}

TEST_CASE("a fault whose devices cannot count has no figure for its bite") {
    Bench bench;
    bench.plan = {{break_action("a", "mute")}, {mend_action("a", "mute")}, {}, {}, true};
    auto fault = bench.inject();
    REQUIRE(fault->heal());
    REQUIRE(bench.log[0].affected == -1);
}

TEST_CASE("an action for a device that is not there is refused with the names of those that are") {
    Bench bench;
    bench.plan.inject = {break_action("a", "netem")};
    const auto fault = bench.inject();
    REQUIRE(fault.error().message == "no device \"netem\", there are: fake, mute");
    REQUIRE(fault.error().code == ErrorCode::refused);
}
