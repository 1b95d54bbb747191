#include "harness/measures/split_brain.hpp"

#include "harness/measures/writers.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"

#include <set>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// A version as reference regions make it: term and index.
constexpr std::uint64_t version(std::uint64_t term, std::uint64_t index) {
    return (term << 40U) + index;
}

std::vector<RegionWrite> region_writes(const EvidenceBuilder& builder) {
    std::vector<RegionWrite> writes;
    for (const auto& operation : builder.evidence.operations) {
        writes.push_back({&operation, builder.evidence.topology.region_of(operation.served_by)});
    }
    return writes;
}

}  // namespace

TEST_CASE("an old primary that goes on acknowledging is caught, write by write") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0, version(1, 1));
    builder.write(2, 2, at(5s), 1, version(2, 2));  // the new primary
    builder.write(3, 3, at(6s), 0, version(1, 2));  // the old one: had not seen it
    builder.write(4, 4, at(7s), 1, version(2, 3));
    builder.write(5, 5, at(8s), 0, version(1, 3));
    const auto split = measured(split_brain, builder, "split_brain_writes");
    CHECK(split.value == Interval<double>{2, 2});
    CHECK(figure(split, "pairs") == 3);  // (2,3), (2,5), (4,5)
    // From the end of write 2 (5.001 s) to the end of write 5 (8.001 s) at most.
    CHECK(figure(split, "dual_writer_span") == Approx(3));
}

TEST_CASE("a clean failover and failback is not accused, whatever was lost") {
    EvidenceBuilder builder;
    for (std::uint32_t i = 0; i < 300; ++i) {
        const std::uint64_t term = 1 + i / 100;
        const auto region = static_cast<std::uint16_t>(term == 2 ? 1 : 0);
        // The second term begins 5 below what the first acknowledged: those were lost.
        builder.write(i, i + 1, at(3s) + i * 10ms, region, version(term, i - (term == 2 ? 5 : 0)));
    }
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{0, 0});
}

TEST_CASE("writes under way at the same time prove nothing against a store that orders them") {
    EvidenceBuilder builder;
    builder.op(Verb::write, 1, 1, at(4s), at(5s), 0, Outcome::ok, 9);
    builder.op(Verb::write, 2, 2, at(4500ms), at(5500ms), 1, Outcome::ok, 8);
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{0, 0});
}

TEST_CASE("without versions interleaved acknowledgements are suspicious, so zero is not passed") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.write(2, 2, at(4100ms), 1);
    builder.write(3, 3, at(4200ms), 0);
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{0, 1});

    EvidenceBuilder failover;
    failover.write(1, 1, at(4s), 0);
    failover.write(2, 2, at(5s), 1);
    failover.write(3, 3, at(9s), 0);  // back after 5 s: longer than the hold time of 1 s
    CHECK(measured(split_brain, failover, "split_brain_writes").value == Interval<double>{0, 0});
}

TEST_CASE("ownership by key compares writes of one key only") {
    EvidenceBuilder builder;
    builder.scenario.loads[0].ownership = Ownership::per_key;
    builder.write(1, 1, at(4s), 0, 7);
    builder.write(2, 2, at(5s), 1, 3);  // another key: its own order
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{0, 0});
    builder.write(1, 3, at(6s), 1, 7);  // the same key, version 7 again
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{1, 1});
}

TEST_CASE("in a multi-writer scope the same events are conflicts, converged or not") {
    EvidenceBuilder builder;
    builder.scenario.loads[0].ownership = Ownership::last_write_wins;
    builder.op(Verb::write, 1, 1, at(4s), at(4100ms), 0);
    builder.op(Verb::write, 1, 2, at(4050ms), at(4150ms), 1);
    builder.op(Verb::write, 2, 3, at(5s), at(5100ms), 0);
    builder.op(Verb::write, 2, 4, at(6s), at(6100ms), 1);
    builder.final_read(1, 1, 0);
    builder.final_read(1, 2, 1);
    builder.final_read(2, 4, 0);
    builder.final_read(2, 4, 1);
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{0, 0});
    CHECK(measured(split_brain, builder, "conflicts").value == Interval<double>{2, 2});
    CHECK(measured(split_brain, builder, "conflicts_unconverged").value == Interval<double>{1, 1});
}

TEST_CASE("writes that do not tell who served them leave the count open") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0, 1);
    builder.write(2, 2, at(5s), 0, 2).served_by = NodeId();
    CHECK(measured(split_brain, builder, "split_brain_writes").value == Interval<double>{0, 1});
}

TEST_CASE("random writes have the unaware ones and pairs that comparing all pairs finds") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed, "split");
        EvidenceBuilder builder;
        const auto count = static_cast<std::uint32_t>(random.below(60));
        for (std::uint32_t i = 0; i < count; ++i) {
            const Instant invoked = at(3s) + Duration(random.below(50));
            builder.op(Verb::write, i, i + 1, invoked, invoked + Duration(1 + random.below(19)),
                       static_cast<std::uint16_t>(random.below(3)), Outcome::ok, random.below(12));
        }
        const auto writes = region_writes(builder);
        std::set<std::uint64_t> later;
        std::set<std::uint64_t> overlapping;
        std::uint64_t pairs = 0;
        for (const auto& [a, region_a] : writes) {
            for (const auto& [b, region_b] : writes) {
                if (region_a == region_b) continue;
                if (a->invoked < b->completed && b->invoked < a->completed) {
                    overlapping.insert(b->seq);
                }
                if (a->version == 0 || b->version == 0) continue;
                if (a->completed >= b->invoked || b->version > a->version) continue;
                ++pairs;
                later.insert(b->seq);
            }
        }
        const auto unaware = unaware_writes(writes);
        INFO("seed " << seed);
        REQUIRE(std::set(unaware.writes.begin(), unaware.writes.end()) == later);
        REQUIRE(unaware.writes.size() == later.size());
        REQUIRE(unaware.pairs == pairs);
        const auto concurrent = concurrent_writes(writes);
        REQUIRE(std::set(concurrent.begin(), concurrent.end()) == overlapping);
    }
}

TEST_CASE("random interleavings are those that looking at all triples finds") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed, "interleave");
        EvidenceBuilder builder;
        for (std::uint32_t i = 0; i < 30; ++i) {
            builder.write(i, i + 1, at(3s) + Duration(random.below(40)) * 1000,
                          static_cast<std::uint16_t>(random.below(3)), random.below(3));
        }
        const auto writes = region_writes(builder);
        const auto order = [](const Operation* operation) {
            return std::pair(operation->completed, operation->seq);
        };
        const Duration close = 6us;
        std::set<std::uint64_t> expected;
        for (const auto& [a, region_a] : writes) {
            for (const auto& [b, region_b] : writes) {
                for (const auto& [c, region_c] : writes) {
                    const bool between = order(a) < order(b) && order(b) < order(c) &&
                                         region_a == region_c && region_a != region_b;
                    if (between && b->version == 0 && c->completed - a->completed < close) {
                        expected.insert(b->seq);
                    }
                }
            }
        }
        const auto found = interleaved_writes(writes, close);
        INFO("seed " << seed);
        REQUIRE(std::set(found.begin(), found.end()) == expected);
    }
}

}  // namespace gameday::measures
