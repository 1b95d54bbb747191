// Which acknowledged writes two regions made without having seen one another's.
#include "harness/measures/data/writers.hpp"
#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <algorithm>
#include <set>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// A version as reference regions make it: term and index.
constexpr std::uint64_t version(std::uint64_t term, std::uint64_t index) {
    return (term << 40U) + index;
}

struct Causal : EvidenceBuilder {
    Causal() { scenario.loads[0].order = VersionOrder::causal; }
};

RegionWrites region_writes(const EvidenceBuilder& builder) {
    RegionWrites writes;
    for (const auto& operation : builder.evidence.operations) {
        writes.push_back({static_cast<std::uint32_t>(operation.seq - 1),
                          builder.evidence.topology.region_of(operation.served_by)});
    }
    return writes;
}

Measurement split(const EvidenceBuilder& builder) {
    return measured(split_brain, builder, "split_brain_writes");
}

}  // namespace

TEST_CASE(
    "an old primary that goes on acknowledging is caught, and what the new one wrote by then") {
    Causal builder;
    builder.write(1, 1, at(4s), 0, version(1, 1));
    builder.write(2, 2, at(5s), 1, version(2, 2));  // the new primary
    builder.write(3, 3, at(6s), 0, version(1, 2));  // the old one: had not seen it
    builder.write(4, 4, at(7s), 1, version(2, 3));
    builder.write(5, 5, at(8s), 0, version(1, 3));
    builder.write(6, 6, at(9s), 1, version(2, 4));  // alone again
    // The loser's 3 and 5, begun after 2; the winner's 2 and 4, acknowledged before 5 began.
    CHECK(split(builder).value == Interval<double>{4, 4});
    CHECK(figure(split(builder), "dual_writer_span") == Approx(3.001));  // 5 s to 8.001 s
}

TEST_CASE("two regions that write 500 each at once, by terms, both count") {
    Causal builder;
    for (std::uint32_t i = 0; i < 500; ++i) {
        builder.write(2 * i, 2 * i + 1, at(4s) + i * 10ms, 0, version(1, i + 1));
        builder.write(2 * i + 1, 2 * i + 2, at(4005ms) + i * 10ms, 1, version(2, i + 1));
    }
    // The lower term's begun after the first of the other, 499; the other's acknowledged before the
    // last of the lower term began, 499.
    CHECK(split(builder).value == Interval<double>{998, 998});
}

TEST_CASE("a clean failover and failback is not accused, whatever was lost") {
    Causal builder;
    for (std::uint32_t i = 0; i < 300; ++i) {
        const std::uint64_t term = 1 + i / 100;
        const auto region = static_cast<std::uint16_t>(term == 2 ? 1 : 0);
        // The second term begins 5 below what the first acknowledged: those were lost.
        builder.write(i, i + 1, at(3s) + i * 10ms, region, version(term, i - (term == 2 ? 5 : 0)));
    }
    CHECK(split(builder).value == none);
}

TEST_CASE("writes under way at the same time prove nothing against a store that orders them") {
    Causal builder;
    builder.op(Verb::write, 1, 1, at(4s), at(5s), 0, Outcome::ok, 9);
    builder.op(Verb::write, 2, 2, at(4500ms), at(5500ms), 1, Outcome::ok, 8);
    CHECK(split(builder).value == none);
}

namespace {

// Two regions write in turn every 10 ms; the version is the time in microseconds.
void alternate(EvidenceBuilder& builder) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const Instant when = at(3s) + i * 10ms;
        builder.write(i, i + 1, when, static_cast<std::uint16_t>(i % 2),
                      static_cast<std::uint64_t>(when.time_since_epoch() / 1us));
    }
}

}  // namespace

TEST_CASE("a clock proves nothing: writers in turn are suspicious, unless the order is causal") {
    EvidenceBuilder builder;
    alternate(builder);
    CHECK(split(builder).value == Interval<double>{0, 1000});
    CHECK(split(builder).why.find("order: causal") != std::string::npos);
    Causal causal;
    alternate(causal);
    CHECK(split(causal).value == none);
}

TEST_CASE("a third change of writer is suspicious, and so are two within the hold time") {
    // Ten writes a second, by another region from each of these instants on.
    const auto changes = [](std::initializer_list<Duration> times) {
        EvidenceBuilder builder;
        std::uint32_t key = 0;
        for (Instant when = at(3s); when < at(13s); when += 100ms) {
            const auto passed = std::count_if(times.begin(), times.end(),
                                              [&](Duration time) { return at(time) <= when; });
            ++key;
            builder.write(key, key, when, static_cast<std::uint16_t>(passed % 2));
        }
        return builder;
    };
    CHECK(split(changes({5s, 8s})).value == none);
    CHECK(split(changes({5s, 8s, 11s})).value == Interval<double>{0, 62});  // 4.9 to 11 s
    CHECK(split(changes({5s, 5500ms})).value == Interval<double>{0, 7});    // 4.9 to 5.5 s
    // Each fault may cause one out and one back.
    auto two_faults = changes({5s, 7s, 9s, 11s});
    two_faults.fault("first", at(4s), at(6s));
    two_faults.fault("second", at(8s), at(10s));
    CHECK(split(two_faults).value == none);
    auto one_fault = changes({5s, 7s, 9s, 11s});
    one_fault.fault("first", at(4s), at(6s));
    CHECK(split(one_fault).value->high > 0);
}

TEST_CASE("ownership by key compares writes of one key only") {
    Causal builder;
    builder.scenario.loads[0].ownership = Ownership::per_key;
    builder.write(1, 1, at(4s), 0, 7);
    builder.write(2, 2, at(5s), 1, 3);  // another key: its own order
    CHECK(split(builder).value == none);
    builder.write(1, 3, at(6s), 1, 7);  // the same key, version 7 again
    CHECK(split(builder).value == Interval<double>{2, 2});

    EvidenceBuilder clock;  // where keys are their own scopes, A B A
    clock.scenario.loads[0].ownership = Ownership::per_key;
    clock.write(1, 1, at(4s), 0);
    clock.write(1, 2, at(6s), 1);
    CHECK(split(clock).value == none);
    clock.write(1, 3, at(8s), 0);
    CHECK(split(clock).value == Interval<double>{0, 3});
}

TEST_CASE("in a multi-writer scope the same events are conflicts, converged or not") {
    EvidenceBuilder builder;
    builder.scenario.loads[0].ownership = Ownership::last_write_wins;
    builder.op(Verb::write, 1, 1, at(4s), at(4100ms), 0);
    builder.op(Verb::write, 1, 2, at(4050ms), at(4150ms), 1);
    builder.op(Verb::write, 2, 3, at(5s), at(5100ms), 0);
    builder.op(Verb::write, 2, 4, at(6s), at(6100ms), 1);
    builder.final_reads(1, {1, 2, 2});
    builder.final_reads(2, {4, 4, 4});
    CHECK(split(builder).value == none);
    CHECK(measured(split_brain, builder, "conflicts").value == Interval<double>{2, 2});
    CHECK(measured(split_brain, builder, "conflicts_unconverged").value == Interval<double>{1, 1});
    builder.evidence.operations[4].value = 2;  // converged, at the cost of the first
    CHECK(measured(split_brain, builder, "conflicts_unconverged").value == none);
    CHECK(figure(measured(split_brain, builder, "conflicts"), "lost_by_rule") == 1);
}

TEST_CASE(
    "where all nodes may write keys that differ are no split brain, and the other way round") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {1, 0, 0});
    CHECK(measured(split_brain, builder, "conflicts").value == none);
    CHECK(measured(split_brain, builder, "conflicts_unconverged").value == none);
}

TEST_CASE("who served must be told, and must be a node of the topology") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0).served_by = NodeId();
    builder.write(2, 2, at(5s), 0).served_by = NodeId();
    CHECK_FALSE(split(builder).value);
    CHECK(split(builder).why.find("`served_by`") != std::string::npos);
    EvidenceBuilder strange;
    strange.write(1, 1, at(4s), 0);
    strange.write(2, 2, at(5s), 0).served_by = unrecognised_node;
    CHECK_FALSE(split(strange).value);
    CHECK(split(strange).why.find("`served_by_names`") != std::string::npos);
    Causal proven;  // what is not told does not hide what is proven
    proven.write(1, 1, at(4s), 0, 5);
    proven.write(2, 2, at(5s), 1, 5);
    proven.write(3, 3, at(6s), 1, 6).served_by = NodeId();
    CHECK(split(proven).value == Interval<double>{2, 3});
    builder.scenario.loads[0].ownership = Ownership::multi_writer;
    CHECK(measured(split_brain, builder, "conflicts").value == Interval<double>{0, 2});
}

TEST_CASE("a topology of one region has no ownership across regions") {
    EvidenceBuilder builder;
    builder.evidence.topology.regions.resize(1);
    builder.evidence.topology.nodes.resize(1);
    builder.write(1, 1, at(4s), 0).served_by = NodeId();
    CHECK(split(builder).value == none);
    CHECK(split(builder).why.find("one region") != std::string::npos);
}

TEST_CASE("random writes have the unaware and overlapping ones that comparing all pairs finds") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed, "split");
        EvidenceBuilder builder;
        const auto count = static_cast<std::uint32_t>(random.below(60));
        for (std::uint32_t i = 0; i < count; ++i) {
            const Instant invoked = at(3s) + Duration(random.below(50));
            builder.op(Verb::write, i, i + 1, invoked, invoked + Duration(1 + random.below(19)),
                       static_cast<std::uint16_t>(random.below(3)), Outcome::ok, random.below(12));
        }
        const auto& operations = builder.evidence.operations;
        const auto writes = region_writes(builder);
        std::set<std::uint32_t> paired;
        std::set<std::uint32_t> overlapping;
        for (const auto& [first, region_a] : writes) {
            for (const auto& [second, region_b] : writes) {
                const Operation& a = operations[first];
                const Operation& b = operations[second];
                if (region_a == region_b) continue;
                if (a.invoked < b.completed && b.invoked < a.completed) overlapping.insert(second);
                if (a.version == 0 || b.version == 0) continue;
                if (a.completed >= b.invoked || b.version > a.version) continue;
                paired.insert(first);
                paired.insert(second);
            }
        }
        const auto unaware = unaware_writes(operations, writes);
        INFO("seed " << seed);
        REQUIRE(std::set(unaware.writes.begin(), unaware.writes.end()) == paired);
        REQUIRE(unaware.writes.size() == paired.size());
        const auto concurrent = concurrent_writes(operations, writes);
        REQUIRE(std::set(concurrent.writes.begin(), concurrent.writes.end()) == overlapping);
    }
}

}  // namespace gameday::measures
