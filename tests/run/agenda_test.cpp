#include "harness/run/agenda.hpp"

#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::run;
using namespace std::chrono_literals;
using scenario::Step;
using scenario::StepKind;

namespace {

Scenario one_fault(std::optional<Duration> length) {
    Scenario scenario;
    FaultStep fault;
    fault.id = FaultId(1);
    fault.length = length;
    scenario.faults = {fault};
    return scenario;
}

Step inject_at(Duration at, std::uint32_t pulse = 0) {
    return {at, StepKind::inject, FaultId(1), 0, pulse};
}
Step heal_at(Duration at, std::uint32_t pulse = 0) {
    return {at, StepKind::heal, FaultId(1), 0, pulse};
}

}  // namespace

TEST_CASE("a fault lasts for its length from the moment in force, however slow its inject was") {
    Agenda agenda(one_fault(3s), {inject_at(1s), heal_at(4s)});
    REQUIRE(agenda.next() == inject_at(1s));
    REQUIRE(agenda.heal_of(inject_at(1s)) == Duration(4s));
    agenda.done(inject_at(1s), 3s);
    REQUIRE(agenda.heal_of(inject_at(1s)) == Duration(6s));
    REQUIRE(agenda.next() == heal_at(6s));
    agenda.done(heal_at(6s), 6s);
    REQUIRE_FALSE(agenda.next());
}

TEST_CASE("a fault without a length ends with the run, however slow its inject was") {
    Agenda agenda(one_fault(std::nullopt), {inject_at(1s), heal_at(10s)});
    agenda.done(inject_at(1s), 3s);
    REQUIRE(agenda.next() == heal_at(10s));
}

TEST_CASE("a pulse begins when the one before it was healed, and is no shorter for that") {
    Agenda agenda(one_fault(4s), {inject_at(0s), heal_at(1s), inject_at(2s, 1), heal_at(3s, 1)});
    agenda.done(inject_at(0s), 1500ms);
    REQUIRE(agenda.next() == heal_at(2500ms));
    agenda.done(heal_at(2500ms), 2600ms);
    REQUIRE(agenda.next() == inject_at(2s, 1));  // overdue
    agenda.done(inject_at(2s, 1), 2700ms);
    REQUIRE(agenda.next() == heal_at(3700ms, 1));
}

TEST_CASE("of two steps at one instant the heal comes first") {
    auto scenario = one_fault(1s);
    scenario.faults.push_back(scenario.faults[0]);
    scenario.faults[1].id = FaultId(2);
    const Step other{2s, StepKind::inject, FaultId(2), 1, 0};
    Agenda agenda(scenario, {inject_at(1s), other, heal_at(2s)});
    agenda.done(inject_at(1s), 1s);
    REQUIRE(agenda.next() == heal_at(2s));
}

TEST_CASE("an agenda of very many pulses is no work") {
    std::vector<Step> steps;
    for (std::uint32_t pulse = 0; pulse < 200'000; ++pulse) {
        steps.push_back(inject_at(pulse * Duration(2ms), pulse));
        steps.push_back(heal_at(pulse * Duration(2ms) + 1ms, pulse));
    }
    Agenda agenda(one_fault(400s), steps);
    std::size_t count = 0;
    while (const auto step = agenda.next()) {
        agenda.done(*step, step->at);
        ++count;
    }
    REQUIRE(count == steps.size());
}
