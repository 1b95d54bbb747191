#include "harness/measures/flapping.hpp"

#include "harness/measures/switches.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// Served by region 0 until the first of `changes`, then 1, then 0 again, and so on.
Server alternating(std::vector<Instant> changes) {
    return [changes = std::move(changes)](Instant invoked) {
        std::uint16_t region = 0;
        for (const Instant change : changes) {
            if (invoked >= change) region = region == 0 ? 1 : 0;
        }
        return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
    };
}

void role(EvidenceBuilder& builder, Instant when, std::uint16_t node, Role role,
          std::uint64_t term) {
    builder.evidence.roles.push_back({{when, when + 1ms}, NodeId(node), role, term});
}

}  // namespace

TEST_CASE("a region that comes and goes is counted beyond one out and one back") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    builder.scenario.cooldown = 1s;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns},
                   alternating({at(5s), at(6s), at(6400ms), at(7s), at(10s), at(11s)}));
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(flaps.value == Interval<double>{4, 4});  // 6 changes, 2 expected
    CHECK(figure(flaps, "switches") == 6);
    CHECK(figure(flaps, "dwell_min") == Approx(0.4).margin(0.03));
    CHECK(figure(flaps, "cooldown_breaches") == 2);  // 0.4 s and 0.6 s
    CHECK(measured(flapping, builder, "flaps", "us-east").value == Interval<double>{4, 4});
}

TEST_CASE("one failover and one failback are not flapping") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, alternating({at(6s), at(10s)}));
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{0, 0});
}

TEST_CASE("without a fault every change of region is one too many") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, alternating({at(6s), at(10s)}));
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{2, 2});
}

TEST_CASE("answers of both regions mixed at a switch are one change") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    builder.scenario.expected_switches = 1;
    builder.stream({1000, at(0s), at(13s), Verb::write, 0, 0ns}, [](Instant invoked) {
        const bool mixed = invoked >= at(6s) && invoked < at(6050ms);
        const auto turn = (invoked - at(6s)).count() / 4'000'000 % 2;  // 4 of each in turn
        const bool second = mixed ? turn != 0 : invoked >= at(6050ms);
        const auto region = static_cast<std::uint16_t>(second ? 1 : 0);
        return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
    });
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(figure(flaps, "switches") == 1);
    CHECK(flaps.value == Interval<double>{0, 0});
}

TEST_CASE("weighted traffic has no serving region and is not accused of flapping") {
    EvidenceBuilder builder;
    Random random(7, "weighted");
    builder.stream({200, at(0s), at(13s), Verb::read, 0, 0ns}, [&](Instant invoked) {
        const auto region = static_cast<std::uint16_t>(random.chance(0.3) ? 1 : 0);
        return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
    });
    CHECK_FALSE(measured(flapping, builder, "flaps").value);
    role(builder, at(1s), 0, Role::primary, 1);
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{0, 0});
}

TEST_CASE("a primary that changes more often than expected flaps, by roles alone") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    for (std::uint64_t term = 1; term <= 5; ++term) {
        const auto node = static_cast<std::uint16_t>(term % 2);
        const Instant when = at(4s) + Duration(1s) * static_cast<int>(term);
        role(builder, when, node, Role::primary, term);
        role(builder, when + 10ms, node == 0 ? 1 : 0, Role::replica, term);
    }
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(figure(flaps, "switches") == 4);
    CHECK(flaps.value == Interval<double>{2, 2});
}

TEST_CASE("a stale primary beside the true one is no change of primary") {
    std::vector<RoleSample> roles;
    for (int i = 0; i < 10; ++i) {
        const Instant when = at(1s) + i * 100ms;
        roles.push_back({{when, when}, NodeId(std::uint16_t{0}), Role::primary, 1});
        roles.push_back({{when, when}, NodeId(std::uint16_t{1}), Role::primary, 2});
    }
    const auto switches = role_switches(roles);
    REQUIRE(switches);
    CHECK(switches->size() == 1);  // from 0 to 1 once; 0 claims a lower term ever after
}

TEST_CASE("random routes switch as often as an oracle over whole runs counts") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Random random(seed, "flaps");
        EvidenceBuilder builder;
        std::vector<Instant> changes;
        std::size_t expected = 0;
        Instant when = at(3s);
        while (when < at(11s)) {
            // Runs of at least 100 ms at 100 operations per second: always 3 and 20 ms or more.
            when += 100ms + Duration(random.below(1'500'000'000));
            changes.push_back(when);
            if (when < at(12s)) ++expected;
        }
        builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, alternating(changes));
        std::size_t last = 0;
        for (const Instant change : changes) last += change < at(12900ms) ? 1U : 0U;
        INFO("seed " << seed);
        REQUIRE(expected <= last);
        REQUIRE(figure(measured(flapping, builder, "flaps"), "switches") ==
                static_cast<double>(last));
    }
}

}  // namespace gameday::measures
