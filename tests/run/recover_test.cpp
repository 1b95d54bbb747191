#include "harness/run/recover.hpp"

#include "tests/run/rig.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

using namespace gameday;
using namespace gameday::test;

TEST_CASE("recovery heals what is outstanding, newest first, and says what it did") {
    FakeMachine machine;
    FakeDevice device("fake", machine);
    run::Devices devices({&device});
    FakeJournal journal;
    const Promise first{FaultId(1), "one", {mend_action("a"), mend_action("b")}};
    const Promise second{FaultId(2), "two", {mend_action("c")}};
    REQUIRE(journal.promise(first));
    REQUIRE(journal.promise(second));
    const auto recovered = run::recover(journal, devices);
    REQUIRE(recovered);
    REQUIRE(*recovered == std::vector<run::Recovered>{{second, ""}, {first, ""}});
    REQUIRE(device.performed == std::vector<std::string>{"mend c", "mend a", "mend b"});
    REQUIRE(journal.outstanding().value().empty());
    REQUIRE(run::recover(journal, devices).value().empty());
}

TEST_CASE("recovery that fails for one fault heals the others and keeps that promise open") {
    FakeMachine machine;
    FakeDevice device("fake", machine);
    run::Devices devices({&device});
    FakeJournal journal;
    REQUIRE(journal.promise({FaultId(1), "one", {mend_action("a")}}));
    REQUIRE(journal.promise({FaultId(2), "two", {mend_action("b"), mend_action("c")}}));
    device.fails = [](FaultId, const Action& action) { return action == mend_action("b"); };
    const auto recovered = run::recover(journal, devices).value();
    REQUIRE(recovered[0].error == "fake mend: the fake will not mend b");
    REQUIRE(recovered[1].error.empty());
    REQUIRE(device.performed == std::vector<std::string>{"mend b", "mend c", "mend a"});
    REQUIRE(journal.is_open(FaultId(2)));
    REQUIRE_FALSE(journal.is_open(FaultId(1)));
}

TEST_CASE("a run killed before or after any effect is healed from its journal alone") {
    // What a process leaves behind when it dies at one moment.
    struct Remains {
        FakeMachine machine;
        FakeJournal journal;
    };
    Rig rig;
    std::vector<Remains> all;
    const auto die_here = [&](FaultId, const Action&) {
        all.push_back({rig.machine, rig.journal});
    };
    for (auto* device : {&rig.device, &rig.launcher}) {
        device->before = die_here;
        device->after = die_here;
    }
    rig.go();
    // Before and after each of 3 × 4 actions of faults and 2 of the launch.
    REQUIRE(all.size() == 28);
    for (auto& remains : all) {
        FakeDevice device("fake", remains.machine);
        FakeDevice launcher("launcher", remains.machine);
        run::Devices devices({&device, &launcher});
        const auto recovered = run::recover(remains.journal, devices);
        REQUIRE(recovered);
        for (const auto& each : *recovered) REQUIRE(each.error.empty());
        REQUIRE(remains.machine == FakeMachine{});
        REQUIRE(remains.journal.outstanding().value().empty());
    }
}
