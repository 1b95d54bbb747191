#include "harness/view/serving.hpp"

#include "harness/view/view.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_builder.hpp"

namespace gameday::view {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

Serving serving_in(const EvidenceBuilder& builder) {
    const auto view = look(builder.scenario, builder.evidence);
    REQUIRE(view.streams.size() == 1);
    return serving_of(view.streams[0], builder.evidence.topology, 1s);
}

RoleSample role(Instant when, std::uint16_t node, Role role, std::uint64_t term) {
    return {{when, when + 1ms}, NodeId(node), role, term};
}

}  // namespace

TEST_CASE("random routes change as often as their construction says") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Random random(seed, "serving");
        EvidenceBuilder builder;
        std::vector<Instant> changes;
        for (Instant when = at(3s); when < at(12s);) {
            when += 30ms + Duration(random.below(1'500'000'000));
            if (when < at(12900ms)) changes.push_back(when);
        }
        builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
            std::uint16_t region = 0;
            for (const Instant change : changes) {
                if (invoked >= change) region = region == 0 ? 1 : 0;
            }
            return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
        });
        INFO("seed " << seed);
        REQUIRE(serving_in(builder).changes.size() == changes.size());
    }
}

TEST_CASE("answers that overtake one another while service moves over are one change") {
    EvidenceBuilder builder;
    // At 6 s service moves; the old one still answers what it was asked before, up to 40 ms late.
    builder.stream({1000, at(0s), at(13s), Verb::write, 0, 0ns}, [](Instant invoked) {
        const bool moved = invoked >= at(6s);
        const bool slow = invoked >= at(5960ms) && invoked < at(6s);
        return Answer{invoked + (slow ? 40ms : 1ms), Outcome::ok,
                      NodeId(static_cast<std::uint16_t>(moved ? 1 : 0)), Cause::none};
    });
    CHECK(serving_in(builder).changes.size() == 1);
}

TEST_CASE("clients that learn of a change one after the other see one change") {
    EvidenceBuilder builder;
    builder.evidence.clients = {{RegionId(std::uint16_t{0}), 0}, {RegionId(std::uint16_t{0}), 0}};
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    for (std::size_t i = 0; i < builder.evidence.operations.size(); ++i) {
        auto& operation = builder.evidence.operations[i];
        operation.client = ClientId(static_cast<std::uint32_t>(i % 2));
        // The second client goes on for 300 ms with the region that the first one has left.
        const bool moved = operation.invoked >= (i % 2 == 0 ? at(6s) : at(6300ms));
        operation.served_by = NodeId(static_cast<std::uint16_t>(moved ? 1 : 0));
    }
    const auto serving = serving_in(builder);
    CHECK(serving.changes.size() == 1);
    CHECK_FALSE(serving.faster_than_arrivals);
}

TEST_CASE("a region that alternates with every operation changes many times, or more often still") {
    EvidenceBuilder builder;
    int turn = 0;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
        const bool other = invoked >= at(4s) && ++turn % 2 == 0;
        return Answer{invoked + 500us, Outcome::ok, NodeId(static_cast<std::uint16_t>(other)),
                      Cause::none};
    });
    const auto serving = serving_in(builder);
    CHECK(serving.changes.size() > 800);
    CHECK(serving.faster_than_arrivals);
}

TEST_CASE("answers that tell nothing, and answers that name nobody, are counted apart") {
    EvidenceBuilder builder;
    int turn = 0;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
        NodeId by(std::uint16_t{0});
        if (invoked >= at(4s)) by = ++turn % 2 == 0 ? NodeId() : unrecognised_node;
        return Answer{invoked + 500us, Outcome::ok, by, Cause::none};
    });
    const auto serving = serving_in(builder);
    CHECK(serving.untold == 450);
    CHECK(serving.unrecognised == 450);
}

TEST_CASE("a stale primary beside the true one is no change of office") {
    std::vector<RoleSample> roles;
    for (int i = 0; i < 10; ++i) {
        const Instant when = at(1s) + i * 100ms;
        roles.push_back(role(when, 0, Role::primary, 1));
        roles.push_back(role(when, 1, Role::primary, 2));
    }
    const auto changes = changes_of_office(roles);
    REQUIRE(changes);
    CHECK(changes->size() == 1);  // from 0 to 1 once; 0 claims a lower term ever after
}

TEST_CASE("losing and regaining office is one change, not answering is none") {
    const auto changes =
        changes_of_office({role(at(1s), 0, Role::primary, 1), role(at(2s), 0, Role::replica, 1),
                           role(at(3s), 0, Role::primary, 2), role(at(4s), 0, Role::down, 0),
                           role(at(5s), 0, Role::primary, 2)});
    REQUIRE(changes);
    CHECK(changes->size() == 1);
    const auto again =
        changes_of_office({role(at(1s), 0, Role::primary, 1), role(at(2s), 0, Role::down, 0),
                           role(at(3s), 0, Role::primary, 2)});
    REQUIRE(again);
    CHECK(again->size() == 1);  // the term says that it was elected anew
}

}  // namespace gameday::view
