// Recovery points: what survivors show while a fault is in force, what is there after the heal, and
// which fault a loss is put down to.
#include "harness/measures/data/losses.hpp"
#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <cmath>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// The measurement of that fault.
Measurement of_fault(const Measure& measure, const EvidenceBuilder& builder,
                     std::string_view metric, std::string_view fault) {
    for (auto& each : measure.evaluate(view::look(builder.scenario, builder.evidence))) {
        if (each.metric == metric && each.fault == fault && each.client_region.empty()) return each;
    }
    throw std::logic_error("no measurement");
}

// Ten writes a second from 3.05 s, of keys 1, 2, …, each read back from all nodes, but the lost.
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

// A region dies at 5 s with the last of ten writes a second unreplicated, and comes back with its
// disk at 8 s; its survivors are asked at 6 s.
EvidenceBuilder died_and_came_back() {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s)).taken = {NodeId(std::uint16_t{0})};
    write_and_keep(builder, 20, [](std::uint32_t) { return true; });
    for (std::uint32_t key = 20; key >= 1; --key) {
        for (std::uint16_t region = 1; region < 3; ++region) {
            builder.survivor_read(key, key > 18 ? 0 : key, region, at(6s) + (20 - key) * 1ms);
        }
    }
    return builder;
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
    CHECK(figure(lost, "lost_share") == Approx(0.1));
    for (const auto* metric : {"rpo", "rpo_after_heal"}) {  // it takes no node away: one RPO
        const auto age = measured(rpo, builder, metric);
        REQUIRE(age.value);
        CHECK(age.value->low == Approx(0.249));    // 5 s − 4.751 s
        CHECK(age.value->high == Approx(0.3491));  // 5.0001 s − 4.651 s, the one before
        CHECK(figure(age, "age_of_oldest_lost") == Approx(0.2491));
    }
    CHECK(measured(rpo, builder, "lost_at_failover").value == Interval<double>{3, 3});
    CHECK(measured(rpo, builder, "lost_after_fault").value == none);
}

TEST_CASE("a system that keeps everything has lost nothing, exactly") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    write_and_keep(builder, 50, [](std::uint32_t) { return true; });
    for (const auto* metric : {"rpo", "rpo_after_heal", "lost_acked", "lost_at_failover",
                               "lost_after_fault", "behind"}) {
        INFO(metric);
        CHECK(measured(rpo, builder, metric).value == none);
    }
    CHECK(measured(failback_loss, builder, "failback_lost").value == none);
}

TEST_CASE("what died with a region counts, even if the region brings it back") {
    const auto builder = died_and_came_back();
    const auto age = measured(rpo, builder, "rpo");
    // Keys 19 and 20 were acknowledged at 4.851 and 4.951 s, key 18 at 4.751 s.
    CHECK(age.value->low == Approx(0.149));
    CHECK(age.value->high == Approx(0.2491));
    CHECK(figure(age, "coverage") == 1);
    const auto lost = measured(rpo, builder, "lost_at_failover");
    CHECK(lost.value == Interval<double>{2, 2});
    CHECK(lost.witnesses == std::vector<std::uint64_t>{19, 20});
    CHECK(measured(rpo, builder, "rpo_after_heal").value == none);
    CHECK(measured(rpo, builder, "lost_acked").value == none);
}

TEST_CASE("survivors that have everything show an RPO of nothing, exactly") {
    auto builder = died_and_came_back();
    for (auto& operation : builder.evidence.operations) {
        if (operation.phase == Phase::survivor_read) operation.value = operation.key;
    }
    CHECK(measured(rpo, builder, "rpo").value == none);
    CHECK(measured(rpo, builder, "lost_at_failover").value == none);
}

TEST_CASE("what one survivor has and another has not is in doubt, until office tells") {
    auto builder = died_and_came_back();
    for (auto& operation : builder.evidence.operations) {
        const bool second =
            operation.phase == Phase::survivor_read && operation.node == NodeId(std::uint16_t{2});
        if (second) operation.value = operation.key;
    }
    CHECK(measured(rpo, builder, "lost_at_failover").value == Interval<double>{0, 2});
    auto one_leads = builder;
    one_leads.role(at(5500ms), 1, Role::primary, 2);
    CHECK(measured(rpo, one_leads, "lost_at_failover").value == Interval<double>{2, 2});
    auto other_leads = builder;
    other_leads.role(at(5500ms), 2, Role::primary, 2);
    CHECK(measured(rpo, other_leads, "lost_at_failover").value == none);
}

TEST_CASE("a fault that ended before its survivors were read has an open RPO") {
    auto builder = died_and_came_back();
    std::erase_if(builder.evidence.operations, [](const Operation& operation) {
        return operation.phase == Phase::survivor_read;
    });
    const auto age = measured(rpo, builder, "rpo");
    CHECK(age.value->low == 0);
    CHECK(std::isinf(age.value->high));
    CHECK(age.why.find("longer `for`") != std::string::npos);
    CHECK(std::isinf(measured(rpo, builder, "lost_at_failover").value->high));
    CHECK(measured(rpo, builder, "rpo_after_heal").value == none);
    // Never healed: the final reads are the survivors'.
    builder.evidence.faults[0].healed.reset();
    CHECK(measured(rpo, builder, "rpo").value == none);
}

TEST_CASE("survivors that were not asked for the newest writes leave those in doubt") {
    auto builder = died_and_came_back();
    std::erase_if(builder.evidence.operations, [](const Operation& operation) {
        return operation.phase == Phase::survivor_read && operation.key > 15;
    });
    const auto lost = measured(rpo, builder, "lost_at_failover");
    CHECK(lost.value == Interval<double>{0, 5});
    CHECK(figure(lost, "coverage") == Approx(0.75));
    // Long before the fault all were on more than one node.
    auto old = died_and_came_back();
    std::erase_if(old.evidence.operations, [](const Operation& operation) {
        return operation.phase == Phase::survivor_read && operation.key < 5;
    });
    CHECK(measured(rpo, old, "lost_at_failover").value == Interval<double>{2, 2});
}

TEST_CASE("reads of survivors after the heal say nothing of the time before it") {
    auto builder = died_and_came_back();
    for (auto& operation : builder.evidence.operations) {
        if (operation.phase != Phase::survivor_read) continue;
        operation.invoked += 3s;
        operation.completed += 3s;
    }
    CHECK(std::isinf(measured(rpo, builder, "rpo").value->high));
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
    const auto after = measured(rpo, builder, "lost_after_fault");
    CHECK(after.value == Interval<double>{5, 5});
    CHECK(figure(after, "span") == Approx(0.451));  // 5.451 s − 5 s
    const auto age = measured(rpo, builder, "rpo");
    CHECK(age.value->low == 0);
    CHECK(age.value->high == Approx(0.451));
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{5, 5});
}

TEST_CASE("what is lost on the way back from one fault is not the next one's recovery point") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(30s);
    builder.fault("first", at(4s), at(8s));
    builder.fault("second", at(20s), at(22s));
    for (std::uint32_t key = 1; key <= 20; ++key) {
        builder.write(key, key, at(8s) + key * 100ms, 0);
        const std::uint64_t value = key >= 2 && key <= 6 ? 0 : key;  // 8.2 to 8.6 s are gone
        builder.final_reads(key, {value, value, value});
    }
    CHECK(of_fault(rpo, builder, "rpo", "second").value == none);
    CHECK(of_fault(rpo, builder, "rpo", "first").value == none);
    const auto lost = of_fault(failback_loss, builder, "failback_lost", "first");
    CHECK(lost.value == Interval<double>{5, 5});
    CHECK(figure(lost, "oldest_lost_after_heal") == Approx(0.201));
    CHECK(of_fault(failback_loss, builder, "failback_lost", "second").value == none);
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{5, 5});
}

TEST_CASE("what is lost in a fault is lost after it, and before the next") {
    EvidenceBuilder builder;
    builder.fault("lag", at(4s), at(9s));
    builder.evidence.faults.back().expects_outage = false;
    builder.fault("outage", at(8s), at(12s));
    // Keys 41 to 50 (7.051 … 7.951 s) are dropped.
    write_and_keep(builder, 90, [](std::uint32_t key) { return key < 41 || key > 50; });
    CHECK(of_fault(rpo, builder, "lost_after_fault", "lag").value == Interval<double>{10, 10});
    CHECK(of_fault(rpo, builder, "rpo", "lag").value == none);
    CHECK(of_fault(rpo, builder, "rpo", "outage").value->low == Approx(0.949));
}

TEST_CASE("a loss is put down to the faults that it happened before, in and after") {
    EvidenceBuilder builder;
    builder.fault("first", at(4s), at(5s));
    builder.fault("second", at(8s), at(9s));
    builder.scenario.minimum.hold = 1s;
    const auto view = view::look(builder.scenario, builder.evidence);
    const Attribution attribution(view);
    const auto check = [&](Instant when, const std::vector<std::size_t>& before,
                           const std::vector<std::size_t>& after,
                           const std::vector<std::size_t>& way_back) {
        const Homes homes = attribution.homes_of(when);
        INFO(seconds(when));
        CHECK(homes.before == before);
        CHECK(homes.after == after);
        CHECK(homes.way_back == way_back);
    };
    check(at(3s), {0}, {}, {});
    check(at(4500ms), {1}, {0}, {});
    check(at(5500ms), {}, {}, {0});  // at least `hold` after the heal
    check(at(7s), {1}, {}, {});
    check(at(8500ms), {}, {1}, {});
    check(at(9500ms), {}, {}, {1});
    check(at(12s), {}, {1}, {});  // all is over: the last
}

TEST_CASE("losses are told for the clients of each region") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    write_and_keep(builder, 20, [](std::uint32_t key) { return key != 20; });
    builder.evidence.operations[0].client = ClientId(1);
    CHECK(measured(rpo, builder, "lost_acked", "us-east").value == Interval<double>{1, 1});
    CHECK(measured(rpo, builder, "lost_acked", "eu-west").value == none);
    CHECK(measured(rpo, builder, "rpo", "eu-west").value == none);
}

}  // namespace gameday::measures
