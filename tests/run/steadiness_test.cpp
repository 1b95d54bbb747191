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
            "no steady state: 0 % of 300 operations were good in 3 s, wanted 99 %");
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
            "no steady state: 6 operations ended in 3 s, wanted 20 or more");
}

TEST_CASE("a system that becomes steady just in time is not refused") {
    Rig rig;
    rig.engine.is_good = [](Instant now) { return now >= at(26s); };
    REQUIRE(rig.go().evidence.ending == Ending::completed);
}
