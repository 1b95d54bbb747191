#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <cmath>

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

TEST_CASE("weighted traffic has no serving region and is not accused of flapping") {
    EvidenceBuilder builder;
    Random random(7, "weighted");
    builder.stream({200, at(0s), at(13s), Verb::read, 0, 0ns}, [&](Instant invoked) {
        const auto region = static_cast<std::uint16_t>(random.chance(0.3) ? 1 : 0);
        return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
    });
    CHECK_FALSE(measured(flapping, builder, "flaps").value);
    role(builder, at(1s), 0, Role::primary, 1);
    CHECK(std::isinf(measured(flapping, builder, "flaps").value->high));  // sampled once
    for (int i = 0; i < 130; ++i) role(builder, at(0s) + i * 100ms, 0, Role::primary, 1);
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
    CHECK(flaps.value->low == 2);
    CHECK(std::isinf(flaps.value->high));  // changes between samples so far apart are not seen
}

TEST_CASE("what one stream can not tell no other clears, and roles clear it") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, alternating({}));
    builder.stream({100, at(0s), at(13s), Verb::read, 1, 0ns}, [](Instant invoked) {
        return Answer{invoked + 500us, Outcome::ok, NodeId(), Cause::none};
    });
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(flaps.value->low == 0);
    CHECK(std::isinf(flaps.value->high));
    CHECK(flaps.why.find("declare served_by") != std::string::npos);
    for (int i = 0; i < 130; ++i) role(builder, at(0s) + i * 100ms, 0, Role::primary, 1);
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{0, 0});
}

TEST_CASE("the most changes of one stream do not hide those that another may have had") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, alternating({at(6s)}));
    builder.stream({100, at(0s), at(13s), Verb::read, 1, 0ns}, [](Instant invoked) {
        const bool tells = invoked < at(5s);
        return Answer{invoked + 500us, Outcome::ok, tells ? NodeId(std::uint16_t{0}) : NodeId(),
                      Cause::none};
    });
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(flaps.value->low == 1);
    CHECK(std::isinf(flaps.value->high));
}

TEST_CASE("what one fault may cause is no excuse for another's changes") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(23s);
    builder.fault("first", at(5s), at(9s));
    builder.fault("second", at(14s), at(18s));
    builder.stream({100, at(0s), at(23s), Verb::write, 0, 0ns},
                   alternating({at(6s), at(7s), at(8s), at(10s)}));
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{2, 2});
}

TEST_CASE("a fault that is still in force explains its way back during the next") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(23s);
    builder.fault("outage", at(5s), at(15s));
    builder.fault("slow", at(8s), at(12s));
    builder.evidence.faults[1].expects_outage = false;
    builder.stream({100, at(0s), at(23s), Verb::write, 0, 0ns}, alternating({at(6s), at(16s)}));
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{0, 0});
}

TEST_CASE("in a fault to be ridden out no change is allowed, in a wave two for each pulse") {
    EvidenceBuilder builder;
    builder.fault("slow", at(5s), at(9s));
    builder.evidence.faults[0].expects_outage = false;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, alternating({at(6s), at(10s)}));
    CHECK(measured(flapping, builder, "flaps").value == Interval<double>{2, 2});
    EvidenceBuilder wave;
    wave.fault("wave", at(4s), at(5s));
    wave.fault("wave", at(7s), at(8s)).id = FaultId(1);
    wave.stream({100, at(0s), at(13s), Verb::write, 0, 0ns},
                alternating({at(4100ms), at(5500ms), at(7100ms), at(8500ms)}));
    CHECK(measured(flapping, wave, "flaps").value == Interval<double>{0, 0});
}

TEST_CASE("a region that alternates with every operation flaps at least as often as was seen") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    int turn = 0;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
        const bool other = invoked >= at(5s) && invoked < at(9s) && ++turn % 2 == 0;
        return Answer{invoked + 500us, Outcome::ok, NodeId(static_cast<std::uint16_t>(other)),
                      Cause::none};
    });
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(flaps.value->low > 350);
    CHECK(std::isinf(flaps.value->high));
}

TEST_CASE("answers that name no node of the file leave flapping open, and none are no measure") {
    EvidenceBuilder builder;
    int turn = 0;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
        const bool other = invoked >= at(5s) && ++turn % 2 == 0;
        return Answer{invoked + 500us, Outcome::ok,
                      other ? unrecognised_node : NodeId(std::uint16_t{0}), Cause::none};
    });
    const auto flaps = measured(flapping, builder, "flaps");
    CHECK(flaps.value->low == 0);
    CHECK(std::isinf(flaps.value->high));
    CHECK(flaps.why.find("name no node of the file") != std::string::npos);
    EvidenceBuilder untold;
    untold.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [](Instant invoked) {
        return Answer{invoked + 500us, Outcome::ok, NodeId(), Cause::none};
    });
    CHECK_FALSE(measured(flapping, untold, "flaps").value);
    CHECK(measured(flapping, untold, "flaps").why.find("declare served_by") != std::string::npos);
}

}  // namespace gameday::measures
