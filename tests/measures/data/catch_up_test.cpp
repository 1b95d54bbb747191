// When replicas that fell behind under a fault have caught up after it.
#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <cmath>
#include <functional>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// Samples of one replica, 100 ms apart: the lag that it has at each moment, known to 100 ms.
void sample(EvidenceBuilder& builder, std::uint16_t replica, Instant from, Instant until,
            const std::function<Duration(Instant)>& lag) {
    for (Instant when = from; when < until; when += 100ms) {
        const Duration age = lag(when);
        builder.evidence.lags.push_back(
            {{when, when + 1ms}, NodeId(replica), {age, age + 100ms}, std::nullopt});
    }
}

// 50 ms; while the fault lasts, 5 s to 8 s, a second more each second; then back within `catching`.
std::function<Duration(Instant)> paused(Duration catching) {
    return [catching](Instant when) -> Duration {
        if (when < at(5s)) return 50ms;
        if (when < at(8s)) return 50ms + (when - at(5s));
        return when < at(8s) + catching ? 3s : 50ms;
    };
}

const auto steady = [](Instant) -> Duration { return 50ms; };

}  // namespace

TEST_CASE("catch-up lasts from the heal until a sample shows the usual lag again") {
    EvidenceBuilder builder;
    builder.fault("pause", at(5s), at(8s));
    sample(builder, 1, at(2s), at(13s), paused(1200ms));
    sample(builder, 2, at(2s), at(13s), steady);
    const auto time = measured(catch_up, builder, "catch_up");
    REQUIRE(time.value);
    // The last sample that is behind begins at 9.1 s, the next one is over at 9.201 s.
    CHECK(time.value->low == Approx(1.1).margin(0.001));
    CHECK(time.value->high == Approx(1.201).margin(0.001));
    CHECK(time.figures.size() == 1);  // The other replica never fell behind.
}

TEST_CASE("of several replicas the slowest counts") {
    EvidenceBuilder builder;
    builder.fault("pause", at(5s), at(8s));
    sample(builder, 1, at(2s), at(13s), paused(400ms));
    sample(builder, 2, at(2s), at(13s), paused(2s));
    CHECK(measured(catch_up, builder, "catch_up").value->low == Approx(1.9).margin(0.001));
}

TEST_CASE("a replica that never catches up has no upper bound") {
    EvidenceBuilder builder;
    builder.fault("pause", at(5s), at(8s));
    sample(builder, 1, at(2s), at(13s), paused(60s));
    const auto time = measured(catch_up, builder, "catch_up");
    CHECK(std::isinf(time.value->high));
    CHECK(time.value->low > 4.5);
}

TEST_CASE("nothing is to be caught up where no replica fell behind") {
    EvidenceBuilder builder;
    builder.fault("cut", at(5s), at(8s));
    sample(builder, 1, at(2s), at(13s), steady);
    CHECK(measured(catch_up, builder, "catch_up").value == Interval<double>{0, 0});
}

TEST_CASE("a replica that nobody saw under the fault is judged by what is seen after it") {
    EvidenceBuilder behind;
    behind.fault("outage", at(5s), at(8s));
    sample(behind, 1, at(2s), at(5s), steady);
    sample(behind, 1, at(9s), at(13s), paused(1950ms));
    const auto time = measured(catch_up, behind, "catch_up");
    CHECK(time.value->low == Approx(1.9).margin(0.001));
    CHECK(time.value->high == Approx(2.001).margin(0.001));

    EvidenceBuilder near;  // When it caught up, before it was seen again, is not known.
    near.fault("outage", at(5s), at(8s));
    sample(near, 1, at(2s), at(5s), steady);
    sample(near, 1, at(10s), at(13s), steady);
    CHECK(measured(catch_up, near, "catch_up").value->low == 0);
    CHECK(measured(catch_up, near, "catch_up").value->high == Approx(2.001).margin(0.001));

    EvidenceBuilder gone;
    gone.fault("outage", at(5s), at(8s));
    sample(gone, 1, at(2s), at(5s), steady);
    sample(gone, 2, at(2s), at(13s), steady);
    CHECK(std::isinf(measured(catch_up, gone, "catch_up").value->high));
}

TEST_CASE("an old primary that comes back as a replica has to catch up as well") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    sample(builder, 0, at(8s), at(13s), paused(1200ms));
    sample(builder, 1, at(2s), at(5s), steady);
    builder.evidence.roles.push_back({{at(9s), at(9s)}, NodeId(1), Role::primary, 2});
    const auto time = measured(catch_up, builder, "catch_up");
    CHECK(time.value->low == Approx(1.1).margin(0.001));
    CHECK(time.figures.size() == 1);  // Who has taken over follows nobody.
}

TEST_CASE("catch-up is not known without samples before the fault, nor without a heal") {
    EvidenceBuilder unsampled;
    unsampled.fault("pause", at(5s), at(8s));
    CHECK_FALSE(measured(catch_up, unsampled, "catch_up").value);
    sample(unsampled, 1, at(5s), at(13s), paused(1s));
    CHECK_FALSE(measured(catch_up, unsampled, "catch_up").value);
    EvidenceBuilder unhealed;
    unhealed.fault("pause", at(5s), std::nullopt);
    sample(unhealed, 1, at(2s), at(13s), paused(1s));
    CHECK_FALSE(measured(catch_up, unhealed, "catch_up").value);
    CHECK_FALSE(measured(catch_up, EvidenceBuilder(), "catch_up").value);
}

TEST_CASE("a replica that was far behind in the warm-up must come as near as it was thereafter") {
    EvidenceBuilder builder;
    builder.evidence.steady.low = at(2s);
    builder.fault("pause", at(5s), at(8s));
    sample(builder, 1, at(0s), at(1900ms), [](Instant) -> Duration { return 2s; });
    sample(builder, 1, at(2s), at(13s), paused(60s));
    CHECK(std::isinf(measured(catch_up, builder, "catch_up").value->high));
}

TEST_CASE("what happens after the next fault is not the first one's catch-up") {
    EvidenceBuilder builder;
    builder.fault("pause", at(5s), at(8s));
    builder.fault("another", at(9s), at(10s));
    sample(builder, 1, at(2s), at(13s), paused(1500ms));
    CHECK(std::isinf(measured(catch_up, builder, "catch_up").value->high));
}

}  // namespace gameday::measures
