// Whether a fault proved that it was in force, where its device can not tell.
#include "harness/judge/bite.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/evidence_builder.hpp"

#include <cstdint>
#include <functional>

namespace gameday::judge {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

bool bit_by(const EvidenceBuilder& builder) {
    return bit(builder.evidence.faults[0], view::look(builder.scenario, builder.evidence));
}

// 100 writes a second, of which `is_bad` says which are refused.
EvidenceBuilder unproven(const std::function<bool(std::int64_t number, Instant)>& is_bad) {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s)).affected = -1;
    std::int64_t number = 0;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
        const bool bad = is_bad(number++, invoked);
        return Answer{invoked + 1ms, bad ? Outcome::failed : Outcome::ok, NodeId(std::uint16_t{0}),
                      bad ? Cause::refused : Cause::none};
    });
    return builder;
}

}  // namespace

TEST_CASE("where the device can not tell, what was not there before is the proof") {
    const auto never = [](std::int64_t, Instant) { return false; };
    const auto within = [](Instant when) { return when >= at(5s) && when < at(5500ms); };
    CHECK_FALSE(bit_by(unproven(never)));
    CHECK(bit_by(unproven([&](std::int64_t, Instant when) { return within(when); })));
    // Every third for a second: more than before, and yet no span of that level.
    auto some = unproven([&](std::int64_t i, Instant when) {
        return when >= at(5s) && when < at(6s) && i % 3 == 0;
    });
    some.scenario.minimum.success = 0.5;
    CHECK(bit_by(some));
    // Errors as many before and after.
    CHECK_FALSE(bit_by(unproven([](std::int64_t i, Instant) { return i % 101 == 0; })));
    // An outage after the heal.
    CHECK_FALSE(bit_by(
        unproven([](std::int64_t, Instant when) { return when >= at(11s) && when < at(12s); })));

    auto roles = unproven(never);
    const NodeId node(std::uint16_t{0});
    roles.evidence.roles = {{{at(4s), at(4s)}, node, Role::primary, 1},
                            {{at(6s), at(6s)}, node, Role::primary, 1}};
    CHECK_FALSE(bit_by(roles));
    roles.evidence.roles.push_back({{at(7s), at(7s)}, node, Role::down, 1});
    CHECK_FALSE(bit_by(roles));  // once: the instrument may have been late
    roles.evidence.roles.push_back({{at(8s), at(8s)}, node, Role::down, 1});
    CHECK(bit_by(roles));

    auto health = unproven(never);
    health.evidence.health = {{at(1s), RegionId(), node, false}, {at(6s), RegionId(), node, false}};
    CHECK_FALSE(bit_by(health));
    health.evidence.health.insert(health.evidence.health.begin() + 1,
                                  {at(2s), RegionId(), node, true});
    CHECK(bit_by(health));
}

TEST_CASE("a node with two roles all the time, for it is asked in two ways, proves nothing") {
    auto both = unproven([](std::int64_t, Instant) { return false; });
    const NodeId node(std::uint16_t{0});
    for (int i = 0; i < 120; ++i) {
        const Instant when = at(100ms * i);
        both.evidence.roles.push_back({{when, when}, node, Role::primary, 1});
        both.evidence.roles.push_back({{when, when}, node, Role::unknown, 0});
    }
    CHECK_FALSE(bit_by(both));
    for (auto& sample : both.evidence.roles) {
        if (sample.at.low >= at(6s) && sample.role == Role::primary) sample.role = Role::replica;
    }
    CHECK(bit_by(both));
}

TEST_CASE("a role that a node had before an earlier fault is a change when it has it again") {
    auto again = unproven([](std::int64_t, Instant) { return false; });
    again.fault("earlier", at(1s), at(2s)).affected = 1;
    const NodeId node(std::uint16_t{0});
    for (int i = 0; i < 120; ++i) {
        const Instant when = at(100ms * i);
        const bool led = when < at(1s) || when > at(6s);
        again.evidence.roles.push_back(
            {{when, when}, node, led ? Role::primary : Role::replica, 1});
    }
    CHECK(bit_by(again));
}

}  // namespace gameday::judge
