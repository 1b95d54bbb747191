#include "harness/run/surveyor.hpp"

#include "tests/run/rig.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

// Three nodes, of which the outage (63 to 303 s) takes the first.
struct Survived : Rig {
    Survived() {
        for (const std::uint16_t id : {std::uint16_t{1}, std::uint16_t{2}}) {
            Node node;
            node.id = NodeId(id);
            node.name = "n" + std::to_string(id);
            node.region = RegionId(0);
            scenario.topology.nodes.push_back(node);
        }
        plan = [](const FaultStep& fault, const std::vector<Role>& roles, bool dry_run) {
            auto made = default_plan(fault, roles, dry_run);
            if (fault.name == "outage") made->taken = {NodeId(0)};
            return made;
        };
        scenario.faults[0].length = 240s;
    }
};

}  // namespace

TEST_CASE("survivors are read from the moment the level holds again until the heal begins") {
    Survived rig;
    rig.engine.is_good = [](Instant now) { return now < at(63s) || now >= at(70s); };
    const auto evidence = rig.go().evidence;
    REQUIRE(evidence.faults[0].taken == std::vector<NodeId>{NodeId(0)});
    REQUIRE(rig.engine.surveys.size() == 1);
    const auto& [when, survey] = rig.engine.surveys[0];
    CHECK(survey.survivors == std::vector<NodeId>{NodeId(1), NodeId(2)});
    CHECK(survey.since == at(63s));
    CHECK(when >= at(70s));  // the success looked at is of a second already
    CHECK(when <= at(70s + 400ms));
    CHECK(rig.engine.survey_ends == std::vector<Instant>{at(303s)});
}

TEST_CASE(
    "what was acknowledged while the fault came into force is asked for as if it was before") {
    Survived rig;
    rig.engine.is_good = [](Instant now) { return now < at(63s) || now >= at(70s); };
    rig.device.after = [&](FaultId id, const Action& action) {
        if (id == FaultId(1) && action.verb == "break") rig.clock.pass(2s);
    };
    const auto evidence = rig.go().evidence;
    REQUIRE(rig.engine.surveys.size() == 1);
    CHECK(evidence.faults[0].injected == Interval<Instant>{at(63s), at(67s)});
    CHECK(rig.engine.surveys[0].survey.since == at(67s));
}

TEST_CASE("where the level does not come back survivors are read when half of the time is over") {
    Survived rig;
    rig.engine.is_good = [](Instant now) { return now < at(63s) || now >= at(310s); };
    rig.go();
    REQUIRE(rig.engine.surveys.size() == 1);
    CHECK(rig.engine.surveys[0].at >= at(63s + 120s));
    CHECK(rig.engine.surveys[0].at <= at(63s + 121s));
}

TEST_CASE("a fault that takes nobody away has no survivors") {
    Rig rig;
    rig.go();
    CHECK(rig.engine.surveys.empty());
}
