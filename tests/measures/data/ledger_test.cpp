// What becomes of each acknowledged write: the classes of the ledger.
#include "harness/view/ledger.hpp"
#include "harness/ports/measure.hpp"

#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <map>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;
using view::Fate;

namespace {

view::Ledger ledger(const EvidenceBuilder& builder) {
    return view::look(builder.scenario, builder.evidence).ledger;
}

Fate fate(const EvidenceBuilder& builder, std::uint64_t seq) {
    for (const auto& entry : ledger(builder).acknowledged) {
        if (entry.write + 1 == seq) return entry.fate;
    }
    throw std::logic_error("not acknowledged");
}

Interval<double> lost(const EvidenceBuilder& builder) {
    return measured(rpo, builder, "lost_acked").value.value();
}

}  // namespace

TEST_CASE("the newest writes absent on one replica are behind, not lost") {
    EvidenceBuilder builder;
    builder.fault("cut", at(4s), at(5s));
    for (std::uint32_t key = 1; key <= 100; ++key) builder.write(key, key, at(6s) + key * 10ms, 0);
    for (std::uint32_t key = 1; key <= 100; ++key) {
        builder.final_reads(key, {key, key, key > 40 ? 0ULL : key});
    }
    CHECK(lost(builder) == Interval<double>{0, 0});
    const auto behind = measured(rpo, builder, "behind");
    CHECK(behind.value == Interval<double>{60, 60});
    CHECK(behind.witnesses.front() == 41);
}

TEST_CASE("a write that the node in office lacks is lost, whoever else has it") {
    EvidenceBuilder builder;
    builder.fault("outage", at(4500ms), at(6s));
    builder.write(1, 1, at(4s), 0);
    builder.write(2, 2, at(7s), 1);  // region 1 has taken over
    builder.final_reads(1, {1, 0, 0});
    builder.final_reads(2, {2, 2, 2});
    CHECK(fate(builder, 1) == Fate::lost);
    CHECK(lost(builder) == Interval<double>{1, 1});
}

TEST_CASE("who is in office is told by the highest term, else by who served last, else by nobody") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {1, 0, 0});
    CHECK(fate(builder, 1) == Fate::behind);  // by traffic: region 0

    EvidenceBuilder by_role = builder;  // the old primary still claims its term
    by_role.role(at(8s), 0, Role::primary, 1);
    by_role.role(at(9s), 1, Role::primary, 2);
    CHECK(fate(by_role, 1) == Fate::lost);

    EvidenceBuilder by_nobody = builder;  // no write since the fault: the office may have changed
    by_nobody.fault("outage", at(5s), at(6s));
    CHECK(fate(by_nobody, 1) == Fate::indeterminate);
    CHECK(lost(by_nobody) == Interval<double>{0, 1});

    EvidenceBuilder untold = builder;
    untold.evidence.operations[0].served_by = NodeId();
    CHECK(fate(untold, 1) == Fate::indeterminate);
}

TEST_CASE("two primaries of one term leave the office open") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {1, 0, 0});
    builder.role(at(8s), 0, Role::primary, 2);
    builder.role(at(9s), 1, Role::primary, 2);
    CHECK(fate(builder, 1) == Fate::indeterminate);
}

TEST_CASE("a write that no node shows is lost, whoever is in office") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(6s));
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {0, 0, 0});
    CHECK(fate(builder, 1) == Fate::lost);
}

TEST_CASE("a node that never answered may have what all others lack") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(6s));
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {0, 0, 0});
    builder.evidence.operations[1].outcome = Outcome::failed;
    CHECK(fate(builder, 1) == Fate::indeterminate);
    // One that a fault takes away for good is not waited for.
    builder.evidence.faults[0].healed.reset();
    builder.evidence.faults[0].taken = {NodeId(std::uint16_t{0})};
    CHECK(fate(builder, 1) == Fate::lost);
}

TEST_CASE("where all nodes may write, lost is what no node shows") {
    EvidenceBuilder builder;
    builder.scenario.loads[0].ownership = Ownership::last_write_wins;
    builder.fault("outage", at(5s), at(6s));
    builder.write(1, 1, at(4s), 0);
    builder.write(2, 2, at(4s), 0);
    builder.final_reads(1, {0, 1, 0});
    builder.final_reads(2, {0, 0, 0});
    CHECK(fate(builder, 1) == Fate::behind);
    CHECK(fate(builder, 2) == Fate::lost);
}

TEST_CASE("a write overwritten by a later one is not lost, one undone by an earlier one is") {
    EvidenceBuilder builder;
    builder.write(1, 11, at(4s), 0);
    builder.write(1, 12, at(5s), 0);
    builder.write(2, 21, at(4s), 0);
    builder.write(2, 22, at(5s), 0);
    builder.final_reads(1, {12, 12, 12});
    builder.final_reads(2, {21, 21, 21});
    const auto count = measured(rpo, builder, "lost_acked");
    CHECK(count.value == Interval<double>{1, 1});
    CHECK(count.witnesses == std::vector<std::uint64_t>{4});
}

TEST_CASE("unknown writes are neither lost nor kept") {
    EvidenceBuilder builder;
    builder.op(Verb::write, 1, 1, at(4s), at(5s), 0, Outcome::unknown);
    builder.op(Verb::write, 2, 2, at(4s), at(5s), 0, Outcome::unknown);
    builder.write(3, 3, at(4s), 0);
    builder.final_reads(1, {0, 0, 0});
    builder.final_reads(2, {2, 2, 2});
    builder.final_reads(3, {3, 3, 3});
    const auto count = measured(rpo, builder, "lost_acked");
    CHECK(count.value == Interval<double>{0, 0});
    CHECK(figure(count, "acked") == 1);
    CHECK(figure(count, "recovered") == 1);
}

TEST_CASE("an unknown write that was given up before leaves a later one in doubt") {
    EvidenceBuilder builder;
    builder.op(Verb::write, 1, 1, at(4s), at(4500ms), 0, Outcome::unknown);
    builder.write(1, 2, at(5s), 0);
    builder.final_reads(1, {1, 1, 1});
    CHECK(lost(builder) == Interval<double>{0, 1});
    builder.evidence.operations[0].completed = at(6s);  // under way at the same time: either order
    CHECK(lost(builder) == Interval<double>{0, 0});
}

TEST_CASE("a write that shows only after a retry is stale, not lost") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {1, 0, 1});
    builder.final_read(1, 1, 1, 700ms);
    CHECK(fate(builder, 1) == Fate::stale);
    CHECK(figure(measured(rpo, builder, "lost_acked"), "stale") == 1);
    CHECK(lost(builder) == Interval<double>{0, 0});
}

TEST_CASE("a key that no node answers for leaves the count open, never passed") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.write(2, 2, at(4s), 0);
    builder.final_read(1, 1, 0);
    builder.final_read(2, 2, 0).outcome = Outcome::unknown;
    CHECK(lost(builder) == Interval<double>{0, 1});
    CHECK(measured(rpo, builder, "behind").value == Interval<double>{0, 1});
}

TEST_CASE("where a value stands that this run did not write, an acknowledged write is lost") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {foreign_value, foreign_value, foreign_value});
    CHECK(fate(builder, 1) == Fate::lost);
    builder.scenario.loads[0].keys.existing = true;
    CHECK(fate(builder, 1) == Fate::lost);
}

namespace {

// 300 writes of 50 keys by region 0 in the last second before it is killed; region 1 then writes
// every key anew.
EvidenceBuilder killed_and_overwritten() {
    EvidenceBuilder builder;
    builder.fault("kill", at(5s), at(8s));
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < 300; ++i) builder.write(1 + i % 50, ++value, at(4s) + i * 3ms, 0);
    for (std::uint32_t key = 1; key <= 50; ++key) {
        builder.write(key, ++value, at(6s) + key * 1ms, 1);
        builder.final_reads(key, {value, value, value});
    }
    return builder;
}

}  // namespace

TEST_CASE("what a new primary overwrote before anybody read it may have been lost unseen") {
    const auto builder = killed_and_overwritten();
    const auto count = measured(rpo, builder, "lost_acked");
    CHECK(count.value == Interval<double>{0, 300});
    CHECK(figure(count, "never_read_in_doubt") == 300);
    // The oldest was acknowledged at 4.001 s.
    CHECK(measured(rpo, builder, "rpo").value->high == Approx(1.0).margin(0.01));
}

TEST_CASE("a read by another node, or of a later write of the same node there, clears a write") {
    auto builder = killed_and_overwritten();
    // The last write of key 1 before the kill has the value 251.
    builder.op(Verb::read, 1, 251, at(5500ms), at(5501ms), 1);
    CHECK(lost(builder) == Interval<double>{0, 294});  // six writes of key 1
    auto by_itself = killed_and_overwritten();  // a read by who acknowledged it clears nothing
    by_itself.op(Verb::read, 1, 251, at(4950ms), at(4951ms), 0);
    CHECK(lost(by_itself) == Interval<double>{0, 300});
}

TEST_CASE("a later write of the same node clears none from before it was killed") {
    EvidenceBuilder builder;
    builder.fault("kill", at(5s), at(6s));
    builder.write(1, 1, at(4500ms), 0);
    builder.write(1, 2, at(7s), 0);  // after it came back, perhaps without the first
    builder.final_reads(1, {2, 2, 2});
    CHECK(lost(builder) == Interval<double>{0, 1});
}

TEST_CASE("far from faults and changes of office an overwritten write is in no doubt") {
    EvidenceBuilder builder;
    builder.fault("kill", at(5s), at(8s));
    builder.write(1, 1, at(3500ms), 0);  // 1.5 s before
    builder.write(2, 3, at(4990ms), 0);  // who is in office until then
    builder.write(1, 2, at(9s), 1);
    builder.final_reads(1, {2, 2, 2});
    builder.final_reads(2, {3, 3, 3});
    CHECK(lost(builder) == Interval<double>{0, 1});  // no lag was seen, so it may be any
    auto near = builder;
    for (int i = 0; i < 130; ++i) {
        const Instant when = at(0s) + i * 100ms;
        near.evidence.lags.push_back(
            {{when, when + 1ms}, NodeId(std::uint16_t{1}), {0s, 50ms}, std::nullopt});
    }
    CHECK(lost(near) == Interval<double>{0, 0});
    CHECK(figure(measured(rpo, near, "lost_acked"), "never_read") == 1);
    // A replica that was 2 s behind, or that nobody saw for 2 s, puts it in doubt.
    auto lagging = builder;
    lagging.evidence.lags.push_back(
        {{at(4s), at(4001ms)}, NodeId(std::uint16_t{1}), {1s, 2s}, std::nullopt});
    CHECK(lost(lagging) == Interval<double>{0, 1});
    auto unseen = builder;
    for (int i = 0; i < 10; ++i) {
        const Instant when = at(2s) + i * 100ms;
        unseen.evidence.lags.push_back(
            {{when, when + 1ms}, NodeId(std::uint16_t{1}), {0s, 50ms}, std::nullopt});
    }
    CHECK(lost(unseen) == Interval<double>{0, 1});
}

TEST_CASE("a write acknowledged by a region out of office under a fault is in doubt") {
    EvidenceBuilder builder;
    builder.fault("cut", at(4s), at(10s));
    builder.role(at(3s), 0, Role::primary, 1);
    builder.role(at(5s), 1, Role::primary, 2);
    builder.write(1, 1, at(8s), 0);  // the old primary goes on
    builder.write(1, 2, at(9s), 1);
    builder.final_reads(1, {2, 2, 2});
    CHECK(lost(builder) == Interval<double>{0, 1});
}

TEST_CASE("a key that changes hands leaves its last write in doubt, where keys are owned") {
    EvidenceBuilder builder;
    builder.scenario.loads[0].ownership = Ownership::per_key;
    builder.write(1, 1, at(4s), 0);
    builder.write(1, 2, at(4500ms), 1);
    builder.final_reads(1, {2, 2, 2});
    CHECK(lost(builder) == Interval<double>{0, 1});
    builder.scenario.loads[0].ownership = Ownership::multi_writer;
    CHECK(lost(builder) == Interval<double>{0, 0});
}

namespace {

// The oracle of "lost" where no office is known, or all may write: look at every node's last final
// answer and at the write that this answer names, by plain search.
bool slow_is_lost(const EvidenceBuilder& builder, const Operation& write) {
    const auto& operations = builder.evidence.operations;
    std::size_t without = 0;
    std::size_t answered = 0;
    std::size_t asked = 0;
    for (const auto& node : builder.evidence.topology.nodes) {
        const Operation* last = nullptr;
        bool of_node = false;
        for (const auto& read : operations) {
            if (read.phase != Phase::final_read || read.node != node.id) continue;
            of_node = true;
            if (read.key != write.key) continue;
            if (last == nullptr || read.completed >= last->completed) last = &read;
        }
        if (of_node) ++asked;
        if (last == nullptr) continue;
        ++answered;
        if (last->value == 0) ++without;
        for (const auto& holder : operations) {
            if (last->value == 0 || holder.verb != Verb::write || holder.value != last->value) {
                continue;
            }
            if (holder.outcome == Outcome::ok && holder.completed < write.invoked) ++without;
        }
    }
    return asked > 0 && without == asked && answered == asked;
}

}  // namespace

TEST_CASE("random ledgers lose what the search by hand says, and nothing else") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed, "ledger");
        EvidenceBuilder builder;
        builder.scenario.loads[0].ownership = Ownership::multi_writer;
        const std::uint64_t keys = 1 + random.below(6);
        std::map<std::uint32_t, std::vector<std::uint64_t>> ids;
        for (std::uint64_t value = 1; value <= 30; ++value) {
            const auto key = static_cast<std::uint32_t>(1 + random.below(keys));
            const Instant invoked = at(3s) + Duration(random.below(2'000'000'000));
            const auto outcome = static_cast<Outcome>(random.below(5) == 0 ? random.below(3) : 0);
            builder.op(Verb::write, key, value, invoked,
                       invoked + Duration(random.below(300'000'000)),
                       static_cast<std::uint16_t>(random.below(3)), outcome);
            ids[key].push_back(value);
        }
        for (const auto& [key, values] : ids) {
            for (std::uint16_t region = 0; region < 3; ++region) {
                if (random.chance(0.1)) continue;
                const auto pick = random.below(values.size() + 1);
                builder.final_read(key, pick == values.size() ? 0 : values[pick], region);
            }
        }
        for (const auto& entry : ledger(builder).acknowledged) {
            const Operation& write = builder.evidence.operations[entry.write];
            INFO("seed " << seed << " write " << write.seq);
            REQUIRE((entry.fate == Fate::lost) == slow_is_lost(builder, write));
        }
    }
}

}  // namespace gameday::measures
