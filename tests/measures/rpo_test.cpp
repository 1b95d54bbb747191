#include "harness/measures/rpo.hpp"

#include "harness/measures/failback.hpp"
#include "harness/measures/ledger.hpp"
#include "harness/measures/losses.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"

#include <map>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// The oracle of "lost": for one acknowledged write, look at every node's last final answer and at
// the write that this answer names, by plain search.
bool slow_is_lost(const EvidenceBuilder& builder, const Operation& write) {
    const auto& operations = builder.evidence.operations;
    bool some_without = false;
    bool some_with = false;
    for (const auto& node : builder.evidence.topology.nodes) {
        const Operation* last = nullptr;
        for (const auto& read : operations) {
            const bool asked = read.phase == Phase::final_read && read.outcome == Outcome::ok &&
                               read.key == write.key && read.node == node.id;
            if (asked && (last == nullptr || read.completed >= last->completed)) last = &read;
        }
        if (last == nullptr) continue;
        if (last->value == 0) {
            some_without = true;
            continue;
        }
        for (const auto& holder : operations) {
            if (holder.verb != Verb::write || holder.value != last->value) continue;
            if (holder.key != write.key || holder.outcome == Outcome::failed) continue;
            const bool older = holder.seq != write.seq && holder.outcome == Outcome::ok &&
                               holder.completed < write.invoked;
            (older ? some_without : some_with) = true;
        }
    }
    const auto ownership = builder.scenario.loads[0].ownership;
    const bool exclusive = ownership == Ownership::single_writer || ownership == Ownership::per_key;
    return some_without && (exclusive || !some_with);
}

// Ten writes a second from 3.05 s, of keys 1, 2, …, each read back by all nodes but the lost ones.
void write_and_keep(EvidenceBuilder& builder, std::uint32_t count,
                    const std::function<bool(std::uint32_t)>& keeps) {
    for (std::uint32_t key = 1; key <= count; ++key) {
        builder.write(key, key, at(2950ms) + key * 100ms, 0);
    }
    for (std::uint32_t key = 1; key <= count; ++key) {
        for (std::uint16_t region = 0; region < 3; ++region) {
            builder.final_read(key, keeps(key) ? key : 0, region);
        }
    }
}

}  // namespace

TEST_CASE("acknowledged writes that a failover dropped are counted, and dated") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    // Acknowledged at 2.951 s + key * 0.1 s; keys 18, 19, 20 (4.751, 4.851, 4.951 s) are gone.
    write_and_keep(builder, 30, [](std::uint32_t key) { return key < 18 || key > 20; });
    const auto lost = measured(rpo, builder, "lost_acked");
    CHECK(lost.value == Interval<double>{3, 3});
    CHECK(lost.witnesses == std::vector<std::uint64_t>{18, 19, 20});
    CHECK(figure(lost, "acked") == 30);
    const auto age = measured(rpo, builder, "rpo");
    REQUIRE(age.value);
    CHECK(age.value->low == Approx(0.249));    // 5 s − 4.751 s
    CHECK(age.value->high == Approx(0.3491));  // 5.0001 s − 4.651 s, the one before
    CHECK(figure(age, "lost_after_fault") == 0);
}

TEST_CASE("a system that keeps everything has lost nothing, exactly") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    write_and_keep(builder, 50, [](std::uint32_t) { return true; });
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{0, 0});
    CHECK(measured(rpo, builder, "rpo").value == Interval<double>{0, 0});
    CHECK(measured(failback, builder, "failback_lost").value == Interval<double>{0, 0});
}

TEST_CASE("one node without the write is enough under exclusive ownership, not in shared ones") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_read(1, 1, 0);
    builder.final_read(1, 0, 1);
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{1, 1});
    builder.scenario.loads[0].ownership = Ownership::last_write_wins;
    const auto shared = measured(rpo, builder, "lost_acked");
    CHECK(shared.value == Interval<double>{0, 0});
    CHECK(figure(shared, "unconverged_keys") == 1);
}

TEST_CASE("a write overwritten by a later one is not lost, one undone by an earlier one is") {
    EvidenceBuilder builder;
    builder.write(1, 11, at(4s), 0);
    builder.write(1, 12, at(5s), 0);
    builder.write(2, 21, at(4s), 0);
    builder.write(2, 22, at(5s), 0);
    builder.final_read(1, 12, 0);
    builder.final_read(2, 21, 0);
    const auto lost = measured(rpo, builder, "lost_acked");
    CHECK(lost.value == Interval<double>{1, 1});
    CHECK(lost.witnesses == std::vector<std::uint64_t>{4});
}

TEST_CASE("unknown writes are neither lost nor kept") {
    EvidenceBuilder builder;
    builder.op(Verb::write, 1, 1, at(4s), at(5s), 0, Outcome::unknown);
    builder.op(Verb::write, 2, 2, at(4s), at(5s), 0, Outcome::unknown);
    builder.write(3, 3, at(4s), 0);
    builder.final_read(1, 0, 0);
    builder.final_read(2, 2, 0);
    builder.final_read(3, 3, 0);
    const auto lost = measured(rpo, builder, "lost_acked");
    CHECK(lost.value == Interval<double>{0, 0});
    CHECK(figure(lost, "acked") == 1);
    CHECK(figure(lost, "recovered") == 1);
}

TEST_CASE("an unknown write that took effect late does not make a later one lost") {
    EvidenceBuilder builder;
    builder.op(Verb::write, 1, 1, at(4s), at(4500ms), 0, Outcome::unknown);
    builder.write(1, 2, at(5s), 0);
    builder.final_read(1, 1, 0);
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{0, 0});
}

TEST_CASE("a write that shows only after a retry is stale, not lost") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.final_read(1, 0, 1);
    builder.final_read(1, 1, 1, 700ms);
    const auto lost = measured(rpo, builder, "lost_acked");
    CHECK(lost.value == Interval<double>{0, 0});
    CHECK(figure(lost, "stale") == 1);
}

TEST_CASE("a key that no node answers for leaves the count open, never passed") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.write(2, 2, at(4s), 0);
    builder.final_read(1, 1, 0);
    builder.final_read(2, 2, 0).outcome = Outcome::unknown;
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{0, 1});
}

TEST_CASE("without final reads nothing is said about loss") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    CHECK_FALSE(measured(rpo, builder, "lost_acked").value);
    CHECK_FALSE(measured(rpo, builder, "rpo").value);
}

TEST_CASE("loss acknowledged after the fault is counted apart and forbids a met RPO") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(12s));
    // A cut-off region goes on accepting: keys 21 to 25 (5.051 … 5.451 s) are dropped.
    write_and_keep(builder, 40, [](std::uint32_t key) { return key < 21 || key > 25; });
    const auto age = measured(rpo, builder, "rpo");
    CHECK(figure(age, "lost_after_fault") == 5);
    CHECK(age.value->low == 0);
    CHECK(age.value->high == Approx(0.451));  // 5.451 s − 5 s
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{5, 5});
}

TEST_CASE("a write overwritten elsewhere around a fault, unread, may have been lost") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    builder.write(1, 1, at(4900ms), 0);
    builder.write(1, 2, at(6s), 1);
    builder.final_read(1, 2, 0);
    builder.final_read(1, 2, 1);
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{0, 1});
    builder.op(Verb::read, 1, 1, at(5500ms), at(5501ms), 1);  // region 1 had it
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{0, 0});
}

TEST_CASE("failback loss is what was acknowledged after the heal and is gone") {
    EvidenceBuilder builder;
    builder.fault("outage", at(4s), at(5s));
    write_and_keep(builder, 30, [](std::uint32_t key) { return key != 5 && key != 25; });
    CHECK(measured(failback, builder, "failback_lost").value == Interval<double>{1, 1});
}

TEST_CASE("random ledgers lose what the search by hand says, and nothing else") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Random random(seed, "rpo");
        EvidenceBuilder builder;
        if (random.chance(0.3)) builder.scenario.loads[0].ownership = Ownership::multi_writer;
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
                if (random.chance(0.2)) continue;
                const auto pick = random.below(values.size() + 1);
                builder.final_read(key, pick == values.size() ? 0 : values[pick], region);
            }
        }
        const Ledger ledger = ledger_of(builder.evidence, builder.scenario);
        for (const auto& [write, fate] : ledger.acknowledged) {
            INFO("seed " << seed << " write " << write->seq);
            REQUIRE((fate == Fate::lost) == slow_is_lost(builder, *write));
        }
    }
}

TEST_CASE("a loss is put down to the fault in force, else to the next") {
    EvidenceBuilder builder;
    builder.fault("first", at(4s), at(5s));
    builder.fault("second", at(8s), at(9s));
    const auto faults = fault_periods(builder.evidence);
    CHECK(fault_of(at(3s), faults) == 0);
    CHECK(fault_of(at(4500ms), faults) == 0);
    CHECK(fault_of(at(6s), faults) == 1);
    CHECK(fault_of(at(8500ms), faults) == 1);
    CHECK(fault_of(at(12s), faults) == 1);
}

TEST_CASE("a loss while a replica lags is put down to the outage that follows, if one does") {
    EvidenceBuilder builder;
    builder.fault("lag", at(4s), at(9s));
    builder.evidence.faults.back().expects_outage = false;
    builder.fault("outage", at(8s), at(12s));
    const auto faults = fault_periods(builder.evidence);
    CHECK(fault_of(at(6s), faults) == 1);
    CHECK(fault_of(at(8500ms), faults) == 1);
    const std::vector<FaultPeriod> alone(faults.begin(), faults.begin() + 1);
    CHECK(fault_of(at(6s), alone) == 0);
}

}  // namespace gameday::measures
