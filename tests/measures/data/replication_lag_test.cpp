// Lag of replicas by marker writes, seen and unseen; staleness of reads.
#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// Samples 100 ms apart, of a replica that is up to `lag` behind.
void sample(EvidenceBuilder& builder, std::uint16_t replica, Instant from, Instant until,
            Duration lag) {
    for (Instant when = from; when < until; when += 100ms) {
        builder.evidence.lags.push_back(
            {{when, when + 1ms}, NodeId(replica), {0ms, lag}, std::nullopt});
    }
}

Interval<double> largest(const EvidenceBuilder& builder) {
    return measured(replication_lag, builder, "replication_lag_max").value.value();
}

}  // namespace

TEST_CASE(
    "a replica that can not be read has a lag between nothing and the age of its last marker") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(20s);
    sample(builder, 1, at(0s), at(5s), 50ms);
    sample(builder, 1, at(15s), at(20s), 50ms);
    const auto lag = measured(replication_lag, builder, "replication_lag_max");
    // Last read at 4.9 s: the marker is at most 50 ms older. Read again at 15 s.
    CHECK(lag.value->low == 0);
    CHECK(lag.value->high == Approx(10.15).margin(0.002));
    CHECK(lag.why.find("eu-west-1 could not be read for 10.1 s") != std::string::npos);
    // Half of the samples that were due could not be taken: they count in the quantile.
    CHECK(measured(replication_lag, builder, "replication_lag_p99").value->high > 9);
}

TEST_CASE("a replica that was read all the time has the lag that was seen") {
    EvidenceBuilder builder;
    sample(builder, 1, at(0s), at(13s), 50ms);
    CHECK(largest(builder) == Interval<double>{0, 0.05});
    CHECK(measured(replication_lag, builder, "replication_lag_max").why.empty());
}

TEST_CASE("a replica that is not read any more has a lag until the end of the load") {
    EvidenceBuilder builder;
    sample(builder, 1, at(0s), at(5s), 50ms);
    CHECK(largest(builder).high == Approx(8.15).margin(0.002));
}

TEST_CASE("lag in the warm-up does not count") {
    EvidenceBuilder builder;
    builder.evidence.steady = {at(3s), at(6s)};
    builder.evidence.active = {at(6s), at(13s)};
    sample(builder, 1, at(0s), at(2900ms), 2s);
    sample(builder, 1, at(3s), at(13s), 50ms);
    CHECK(largest(builder) == Interval<double>{0, 0.05});
}

TEST_CASE("the node in office lags behind nobody") {
    EvidenceBuilder promoted;
    sample(promoted, 1, at(0s), at(5s), 50ms);
    for (int i = 0; i < 82; ++i) promoted.role(at(5s) + i * 100ms, 1, Role::primary, 2);
    CHECK(largest(promoted) == Interval<double>{0, 0.05});
}

TEST_CASE("without samples lag is not known") {
    CHECK_FALSE(measured(replication_lag, EvidenceBuilder(), "replication_lag_max").value);
}

TEST_CASE("a read is stale since the newer write was acknowledged") {
    EvidenceBuilder builder;
    builder.write(1, 1, at(4s), 0);
    builder.write(1, 2, at(5s), 0);
    builder.op(Verb::read, 1, 1, at(7s), at(7010ms), 1);
    builder.op(Verb::read, 1, 2, at(8s), at(8010ms), 1);
    const auto age = measured(replication_lag, builder, "staleness_max");
    CHECK(age.value->low == Approx(1.999));   // 7 s − 5.001 s
    CHECK(age.value->high == Approx(2.010));  // 7.010 s − 5 s
    CHECK(figure(age, "stale_reads") == 1);
    CHECK(age.witnesses == std::vector<std::uint64_t>{3});
}

}  // namespace gameday::measures
