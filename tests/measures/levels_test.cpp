#include "harness/measures/availability.hpp"
#include "harness/measures/latency.hpp"
#include "harness/measures/replication_lag.hpp"
#include "harness/measures/staleness.hpp"
#include "harness/measures/streams.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// The oracle of staleness: of all acknowledged writes to the key that began after the returned one
// was over, the one acknowledged first, if before the read began.
Duration slow_age(const EvidenceBuilder& builder, const Operation& read) {
    const auto& operations = builder.evidence.operations;
    const Operation* returned = nullptr;
    for (const auto& write : operations) {
        if (write.verb == Verb::write && write.value == read.value) returned = &write;
    }
    const Operation* first = nullptr;
    for (const auto& write : operations) {
        if (write.verb != Verb::write || write.key != read.key) continue;
        if (write.outcome != Outcome::ok || write.completed >= read.invoked) continue;
        if (returned != nullptr && write.invoked <= returned->completed) continue;
        if (first == nullptr || write.completed < first->completed) first = &write;
    }
    return first == nullptr ? Duration::zero() : read.invoked - first->completed;
}

}  // namespace

TEST_CASE("availability is good over due, counted in the active phase only") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(6s)));
    builder.stream({100, at(0s), at(13s), Verb::read, 1, 0ns}, refusing(at(0s), at(1s)));
    // 100 of 1000 active writes refused, none of 1000 active reads: 1900 / 2000.
    CHECK(measured(availability, builder, "availability").value == Interval<double>{0.95, 0.95});
    const auto east = measured(availability, builder, "availability", "us-east");
    CHECK(east.value == Interval<double>{0.9, 0.9});
    CHECK(figure(east, "writes") == 0.9);
    CHECK(figure(east, "baseline_success") == 1);
    CHECK(figure(east, "baseline_throughput") == Approx(100));
}

TEST_CASE("what the generator alone delayed widens availability instead of lowering it") {
    EvidenceBuilder builder;
    builder.scenario.minimum.latency = 20ms;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    for (std::size_t i = 400; i < 500; ++i) {
        builder.evidence.operations[i].invoked += 50ms;
        builder.evidence.operations[i].completed += 50ms;
    }
    CHECK(measured(availability, builder, "availability").value == Interval<double>{0.9, 1});
}

TEST_CASE("latency counts from the scheduled instant and only good operations") {
    EvidenceBuilder builder;
    for (int i = 0; i < 100; ++i) {
        auto& operation = builder.write(1, 1, at(4s) + i * 10ms, 0);
        operation.completed = operation.invoked + (i + 1) * 1ms;
        operation.scheduled -= 1ms;
    }
    builder.op(Verb::write, 1, 1, at(5s), at(5400ms), 0, Outcome::unknown);
    // Latencies 2 … 101 ms: nearest rank 50 of 100 is 51 ms, rank 99 is 100 ms.
    CHECK(measured(latency, builder, "latency_p50").value->high == Approx(0.051));
    CHECK(measured(latency, builder, "latency_p99").value->high == Approx(0.100));
    CHECK_FALSE(measured(latency, EvidenceBuilder(), "latency_p99").value);
}

TEST_CASE("the nearest rank quantile is what counting says") {
    Random random(3, "quantile");
    for (int round = 0; round < 200; ++round) {
        std::vector<Duration> sorted(1 + random.below(30));
        for (auto& value : sorted) value = Duration(random.below(20));
        std::sort(sorted.begin(), sorted.end());
        const double q = static_cast<double>(1 + random.below(10)) / 10;
        const Duration found = quantile(sorted, q);
        const auto at_most = static_cast<double>(
            std::count_if(sorted.begin(), sorted.end(), [&](Duration d) { return d <= found; }));
        const auto below = static_cast<double>(
            std::count_if(sorted.begin(), sorted.end(), [&](Duration d) { return d < found; }));
        const double rank = std::ceil(q * static_cast<double>(sorted.size()));
        REQUIRE(at_most >= rank);
        REQUIRE(below < rank);
    }
}

TEST_CASE("replication lag is the largest of the samples, as an interval") {
    EvidenceBuilder builder;
    CHECK_FALSE(measured(replication_lag, builder, "replication_lag_max").value);
    for (int i = 1; i <= 100; ++i) {
        builder.evidence.lags.push_back({{at(3s) + i * 10ms, at(3s) + i * 10ms},
                                         NodeId(std::uint16_t{1}),
                                         {i * 1ms, i * 1ms + 5ms},
                                         Duration(i * 2ms)});
    }
    const auto lag = measured(replication_lag, builder, "replication_lag_max");
    CHECK(lag.value == Interval<double>{0.1, 0.105});
    CHECK(figure(lag, "reported_max") == Approx(0.2));
    CHECK(measured(replication_lag, builder, "replication_lag_p99").value ==
          Interval<double>{0.099, 0.104});
}

TEST_CASE("a read of an overwritten value is as old as the overwriting acknowledgement") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.write(1, 2, at(5s), 0);                       // acknowledged at 5.001 s
    builder.op(Verb::read, 1, 1, at(6s), at(6001ms), 1);  // 0.999 to 1.001 s too old
    builder.op(Verb::read, 1, 2, at(6s), at(6001ms), 0);
    const auto stale = measured(replication_lag, builder, "staleness_max");
    CHECK(stale.value->low == Approx(0.999));
    CHECK(stale.value->high == Approx(1.001));
    CHECK(stale.witnesses == std::vector<std::uint64_t>{3});
    CHECK(figure(stale, "stale_reads") == 1);
}

TEST_CASE("reads of current values are never stale") {
    EvidenceBuilder builder;
    builder.op(Verb::read, 1, 0, at(3s), at(3001ms), 1);
    builder.write(1, 1, at(4s), 0);
    builder.op(Verb::read, 1, 1, at(5s), at(5001ms), 1);
    builder.op(Verb::write, 1, 2, at(6s), at(7s), 0);
    builder.op(Verb::read, 1, 1, at(6500ms), at(6600ms), 1);  // beside a write under way
    CHECK(measured(replication_lag, builder, "staleness_max").value == Interval<double>{0, 0});
}

TEST_CASE("random reads are as stale as comparing with every write says") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed, "stale");
        EvidenceBuilder builder;
        for (std::uint64_t value = 1; value <= 20; ++value) {
            const Instant invoked = at(4s) + Duration(random.below(100));
            builder.op(Verb::write, 1, value, invoked, invoked + Duration(random.below(30)), 0);
        }
        for (int i = 0; i < 30; ++i) {
            const Instant invoked = at(4s) + Duration(random.below(140));
            builder.op(Verb::read, 1, random.below(21), invoked, invoked + 5ns, 1);
        }
        for (const auto& [read, age] : staleness_of(builder.evidence, builder.scenario)) {
            INFO("seed " << seed << " read " << read->seq);
            REQUIRE(age.low == slow_age(builder, *read));
            REQUIRE(age.high >= age.low);
        }
    }
}

}  // namespace gameday::measures
