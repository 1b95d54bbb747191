// What reads show that no sound system shows.
#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

Interval<double> count(const EvidenceBuilder& builder, std::string_view metric) {
    return measured(unexpected, builder, metric).value.value();
}

}  // namespace

TEST_CASE("values that nobody wrote and refused writes that are there are found") {
    EvidenceBuilder builder;
    std::uint64_t value = 0;
    for (std::uint32_t key = 1; key <= 60; ++key) {
        builder.write(key, ++value, at(4s) + key * 1ms, 0);
        builder.final_reads(key, {value, value, 100000 + key});
    }
    for (std::uint32_t key = 61; key <= 80; ++key) {
        builder.op(Verb::write, key, ++value, at(5s), at(5001ms), 0, Outcome::failed);
        builder.final_reads(key, {value, value, value});
    }
    CHECK(count(builder, "unexpected") == Interval<double>{60, 60});
    CHECK(count(builder, "resurrected") == Interval<double>{20, 20});
    CHECK(count(builder, "returned") == none);
    CHECK(count(builder, "differing") == none);
}

TEST_CASE("a sound store shows nothing that is unexpected, one behind its source neither") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.write(1, 2, at(5s), 0);
    builder.write(2, 3, at(5s), 0);
    builder.op(Verb::write, 3, 4, at(5s), at(5500ms), 0, Outcome::unknown);
    builder.final_reads(1, {2, 2, 1});
    builder.final_reads(2, {3, 3, 0});
    builder.final_reads(3, {4, 4, 0});
    for (const auto* metric : {"unexpected", "resurrected", "returned", "differing"}) {
        CHECK(count(builder, metric) == none);
    }
}

TEST_CASE("values that reads of the load return count where values carry the run id") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.op(Verb::read, 1, 99, at(5s), at(5001ms), 1);
    builder.final_reads(1, {1, 1, 1});
    CHECK(count(builder, "unexpected") == none);  // it may have been there before
    builder.evidence.run_id = 7;
    CHECK(count(builder, "unexpected") == Interval<double>{1, 1});
    // Where keys exist what another run wrote is known as such; this run wrote that value
    // elsewhere.
    builder.scenario.loads[0].keys.existing = true;
    CHECK(count(builder, "unexpected") == Interval<double>{1, 1});
    builder.evidence.operations[1].value = foreign_value;
    CHECK(count(builder, "unexpected") == none);
}

TEST_CASE("a write absent everywhere after the heal that is there later has returned") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    builder.write(1, 1, at(4s), 0);
    builder.final_reads(1, {0, 0, 0});
    CHECK(count(builder, "returned") == none);
    builder.final_read(1, 1, 0, 1s);
    CHECK(count(builder, "returned") == Interval<double>{1, 1});

    EvidenceBuilder late;  // one node had it all the time
    late.write(1, 1, at(4s), 0);
    late.final_reads(1, {1, 0, 0});
    late.final_read(1, 1, 1, 1s);
    CHECK(count(late, "returned") == none);

    EvidenceBuilder unread;  // one node was never heard: it may have had it
    unread.write(1, 1, at(4s), 0);
    unread.final_reads(1, {0, 0, 0});
    unread.evidence.operations.back().outcome = Outcome::failed;
    unread.final_read(1, 1, 0, 1s);
    CHECK(count(unread, "returned") == Interval<double>{0, 1});
}

TEST_CASE("two nodes with two values of the same time differ, unless the system orders them") {
    EvidenceBuilder builder;
    builder.op(Verb::write, 1, 1, at(4s), at(4100ms), 0);
    builder.op(Verb::write, 1, 2, at(4050ms), at(4150ms), 0);
    builder.final_reads(1, {1, 2, 2});
    CHECK(count(builder, "differing") == Interval<double>{0, 1});  // the first node may be behind
    builder.scenario.loads[0].ownership = Ownership::multi_writer;
    CHECK(count(builder, "differing") == Interval<double>{1, 1});
    builder.evidence.operations[2].version = 7;
    builder.evidence.operations[3].version = builder.evidence.operations[4].version = 8;
    CHECK(count(builder, "differing") == Interval<double>{0, 1});  // by a clock
    builder.scenario.loads[0].order = VersionOrder::causal;
    CHECK(count(builder, "differing") == none);  // the first node is behind
}

TEST_CASE("without a ledger nothing is implied, and a target says why") {
    EvidenceBuilder builder;
    for (std::uint32_t key = 1; key <= 400; ++key) builder.write(key, key, at(4s) + key * 1ms, 0);
    builder.scenario.loads[0].ledger = false;
    CHECK(unexpected.evaluate(view::look(builder.scenario, builder.evidence)).empty());
    const auto lost = measured(rpo, builder, "lost_acked");
    CHECK_FALSE(lost.value);
    CHECK(lost.why.find("no ledger is kept") != std::string::npos);
}

TEST_CASE("reads that never return a value accuse nobody") {
    EvidenceBuilder builder;
    for (std::uint32_t key = 1; key <= 300; ++key) {
        builder.write(key, key, at(1s) + key * 10ms, 0);
        builder.op(Verb::read, key, 0, at(1005ms) + key * 10ms, at(1006ms) + key * 10ms, 0);
    }
    for (std::uint32_t key = 1; key <= 300; ++key) builder.final_reads(key, {0, 0, 0});
    const auto deaf = measured(rpo, builder, "lost_acked");
    CHECK_FALSE(deaf.value);
    CHECK(deaf.why.find("read.value") != std::string::npos);
    CHECK_FALSE(measured(rpo, builder, "rpo").value);
    CHECK_FALSE(measured(unexpected, builder, "unexpected").value);
    // A run with an id has found out that reads can tell: then all is lost.
    builder.evidence.run_id = 7;
    CHECK(measured(rpo, builder, "lost_acked").value->low == 300);
    builder.evidence.run_id = 0;
    // A value that is read anywhere shows that reads can tell.
    builder.evidence.operations[builder.evidence.operations.size() - 3].value = 300;
    CHECK(measured(rpo, builder, "lost_acked").value->low == 299);
}

TEST_CASE("a store that acknowledges and keeps nothing has lost everything") {
    EvidenceBuilder builder;
    for (std::uint32_t key = 1; key <= 300; ++key) builder.write(key, key, at(1s) + key * 10ms, 0);
    for (std::uint32_t key = 1; key <= 300; ++key) builder.final_reads(key, {0, 0, 0});
    CHECK(measured(rpo, builder, "lost_acked").value == Interval<double>{300, 300});
}

}  // namespace gameday::measures
