#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

TEST_CASE("availability is good over due of the worst stream, in the active phase only") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(6s)));
    builder.stream({100, at(0s), at(13s), Verb::read, 1, 0ns}, refusing(at(0s), at(1s)));
    // 100 of 1000 active writes refused, none of 1000 active reads.
    const auto all = measured(availability, builder, "availability");
    CHECK(all.value == Interval<double>{0.9, 0.9});
    CHECK(all.why == "writes of us-east");
    CHECK(figure(all, "baseline_success") == 1);
    CHECK(figure(all, "baseline_throughput") == Approx(100));
    CHECK(measured(availability, builder, "availability_read").value == Interval<double>{1, 1});
}

TEST_CASE("what the instrument alone delayed widens availability instead of lowering it") {
    EvidenceBuilder builder;
    builder.scenario.minimum.latency = 20ms;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    for (std::size_t i = 400; i < 500; ++i) {
        builder.evidence.operations[i].invoked += 50ms;
        builder.evidence.operations[i].completed += 50ms;
    }
    CHECK(measured(availability, builder, "availability").value == Interval<double>{0.9, 1});
    EvidenceBuilder suspended;
    suspended.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(7s)));
    suspended.evidence.instrument.suspended = {{at(5s), at(6s)}};
    CHECK(measured(availability, suspended, "availability").value == Interval<double>{0.8, 1});
}

TEST_CASE("latency counts from the scheduled instant, over all that was due") {
    EvidenceBuilder builder;
    for (int i = 0; i < 1000; ++i) {
        auto& operation = builder.write(1, 1, at(4s) + i * 5ms, 0);
        operation.completed = operation.invoked + (i + 1) * 100us;
        operation.scheduled -= 1ms;
    }
    // Latencies 1.1 … 101 ms: the median is 51 ms, with 99 % between ranks 500 ± 42.
    const auto median = *measured(latency, builder, "latency_p50").value;
    CHECK(median.contains(0.051));
    CHECK(median.low > 0.046);
    CHECK(median.high < 0.056);
    const auto tail = *measured(latency, builder, "latency_p99").value;
    CHECK(tail.contains(0.100));
    CHECK(std::isfinite(tail.high));
    CHECK_FALSE(measured(latency, EvidenceBuilder(), "latency_p99").value);
}

TEST_CASE("operations that failed are slower than any latency") {
    EvidenceBuilder builder;
    int turn = 0;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [&](Instant invoked) {
        const bool lost = invoked >= at(3s) && ++turn % 5 < 3;  // 60 %
        return Answer{invoked + (lost ? 500ms : 2ms), lost ? Outcome::unknown : Outcome::ok,
                      lost ? NodeId() : NodeId(std::uint16_t{0}),
                      lost ? Cause::timed_out : Cause::none};
    });
    CHECK(std::isinf(measured(latency, builder, "latency_p99").value->low));
    CHECK(std::isinf(measured(latency, builder, "latency_p50").value->low));
}

TEST_CASE("too few operations leave a high quantile open") {
    EvidenceBuilder builder;
    builder.stream({10, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    CHECK(std::isinf(measured(latency, builder, "latency_p99").value->high));
    CHECK(std::isfinite(measured(latency, builder, "latency_p50").value->high));
}

TEST_CASE("the nearest rank quantile is what counting says") {
    Random random(3, "quantile");
    for (int round = 0; round < 200; ++round) {
        std::vector<Duration> sorted(1 + random.below(30));
        for (auto& value : sorted) value = Duration(random.below(20));
        std::sort(sorted.begin(), sorted.end());
        const double q = static_cast<double>(1 + random.below(10)) / 10;
        const Duration found = view::quantile(sorted, q);
        const auto at_most = static_cast<double>(
            std::count_if(sorted.begin(), sorted.end(), [&](Duration d) { return d <= found; }));
        const auto below = static_cast<double>(
            std::count_if(sorted.begin(), sorted.end(), [&](Duration d) { return d < found; }));
        const double rank = std::ceil(q * static_cast<double>(sorted.size()));
        REQUIRE(at_most >= rank);
        REQUIRE(below < rank);
    }
}

}  // namespace gameday::measures
