#include "harness/measures/outages.hpp"

#include "harness/measures/outage_time.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// The oracle: every window of the declared length that begins or ends with an operation, one by
// one, each counted afresh.
std::vector<bool> slow_level_holds(const Stream& stream, const MinimumLevel& minimum,
                                   Instant load_end) {
    const auto& operations = stream.operations;
    std::vector<bool> covered(operations.size(), false);
    const auto good = [&](std::size_t i) {
        return operations[i]->outcome == Outcome::ok &&
               operations[i]->completed - operations[i]->invoked <= stream.bound;
    };
    const auto look = [&](auto inside) {
        std::vector<std::size_t> members;
        for (std::size_t i = 0; i < operations.size(); ++i) {
            if (inside(operations[i]->scheduled)) members.push_back(i);
        }
        std::size_t bad = 0;
        for (const auto i : members) bad += good(i) ? 0U : 1U;
        if (bad > bad_allowed(members.size(), minimum, stream.baseline.rate_per_s)) return;
        while (!members.empty() && !good(members.front()) && members.front() != 0) {
            members.erase(members.begin());
        }
        while (!members.empty() && !good(members.back()) &&
               members.back() != operations.size() - 1) {
            members.pop_back();
        }
        for (const auto i : members) covered[i] = true;
    };
    if (operations.empty()) return covered;
    const Instant begin = operations.front()->scheduled;
    const Instant end = std::max(load_end, operations.back()->scheduled);
    if (end - begin <= minimum.hold) look([](Instant) { return true; });
    for (const auto* operation : operations) {
        const Instant t = operation->scheduled;
        if (t + minimum.hold <= end) {
            look([&](Instant s) { return s >= t && s < t + minimum.hold; });
        }
        if (t - minimum.hold >= begin) {
            look([&](Instant s) { return s > t - minimum.hold && s <= t; });
        }
    }
    return covered;
}

}  // namespace

TEST_CASE("windows hold the level exactly where the window-by-window oracle says so") {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        Random random(seed, "outages");
        EvidenceBuilder builder;
        builder.evidence.active.high = at(5s);
        builder.scenario.minimum.success = random.chance(0.5) ? 0.99 : 0.8;
        builder.scenario.minimum.hold = random.chance(0.5) ? 1s : 300ms;
        bool down = false;
        builder.stream({60, at(0s), at(5s), Verb::read, 0, 0ns}, [&](Instant invoked) {
            if (random.chance(0.03)) down = !down;
            const bool bad = down ? random.chance(0.7) : random.chance(0.01);
            return Answer{invoked + Duration(random.below(3'000'000)),
                          bad ? Outcome::unknown : Outcome::ok, NodeId(std::uint16_t{0}),
                          Cause::none};
        });
        const auto streams = streams_of(builder.evidence, builder.scenario);
        REQUIRE(streams.size() == 1);
        INFO("seed " << seed);
        REQUIRE(level_holds(streams[0], builder.scenario.minimum, at(5s)) ==
                slow_level_holds(streams[0], builder.scenario.minimum, at(5s)));
    }
}

TEST_CASE("a stopped server is reported with its true span, within 2/rate + 5 ms") {
    // 1000 operations per second, service 0.5 ms; latency bound 20 ms, patient clients. At 3 us
    // each, the 5000 that waited through 5 s are answered within the latency bound of those after.
    for (const Duration length : {Duration(50ms), Duration(200ms), Duration(1s), Duration(5s)}) {
        for (std::int64_t phase = 0; phase < 20; ++phase) {
            EvidenceBuilder builder;
            builder.scenario.minimum.latency = 20ms;
            const Instant stop = at(5s) + Duration(phase * 53'000);
            builder.stream({1000, at(0s), at(13s), Verb::write, 0, 0ns},
                           stalled(stop, stop + length, 10s, 500us, 3us));
            const auto streams = streams_of(builder.evidence, builder.scenario);
            const auto outages =
                outages_of(streams[0], builder.scenario.minimum, builder.evidence.active.high);
            INFO("length " << length.count() << " phase " << phase);
            REQUIRE(outages.size() == 1);
            REQUIRE(outages[0].start.contains(stop));
            REQUIRE(outages[0].end);
            REQUIRE(outages[0].end->contains(stop + length));
            const auto value = length_of(outages[0]);
            REQUIRE(value.contains(seconds(length)));
            REQUIRE(value.width() <= 2.0 / 1000 + 0.005);
        }
    }
}

TEST_CASE("a stopped server that serves the dead first still has its true span inside") {
    for (const Duration length : {Duration(1s), Duration(5s)}) {
        EvidenceBuilder builder;
        builder.scenario.minimum.latency = 20ms;
        builder.stream({1000, at(0s), at(13s), Verb::write, 0, 0ns},
                       stalled(at(5s), at(5s) + length, 500ms));
        const auto streams = streams_of(builder.evidence, builder.scenario);
        const auto outages = outages_of(streams[0], builder.scenario.minimum, at(13s));
        REQUIRE(outages.size() == 1);
        CHECK(length_of(outages[0]).contains(seconds(length)));
    }
}

TEST_CASE("a server that works through its backlog slowly still ends its outage when it resumed") {
    EvidenceBuilder builder;
    builder.scenario.minimum.latency = 20ms;
    // 0.5 ms for each of 500 waiting ones: 250 ms and more of late answers after a stop of 1 s.
    builder.stream({1000, at(0s), at(13s), Verb::write, 0, 0ns},
                   stalled(at(5s), at(6s), 600ms, 500us, 300us));
    const auto streams = streams_of(builder.evidence, builder.scenario);
    const auto outages = outages_of(streams[0], builder.scenario.minimum, at(13s));
    REQUIRE(outages.size() == 1);
    REQUIRE(outages[0].end);
    CHECK(outages[0].end->contains(at(6s)));
}

TEST_CASE("an outage of refusals has its true edges inside the interval") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5003ms), at(5217ms)));
    const auto streams = streams_of(builder.evidence, builder.scenario);
    const auto outages = outages_of(streams[0], builder.scenario.minimum, at(13s));
    REQUIRE(outages.size() == 1);
    CHECK(outages[0].start.contains(at(5003ms)));
    REQUIRE(outages[0].end);
    CHECK(outages[0].end->contains(at(5217ms)));
}

TEST_CASE("one slow operation in a good stream is no outage, and moves no edge of one") {
    EvidenceBuilder builder;
    const auto hiccup = [down = refusing(at(6s), at(7s))](Instant invoked) {
        if (invoked == at(5800ms)) {
            return Answer{invoked + 500ms, Outcome::unknown, NodeId(), Cause::timed_out};
        }
        return down(invoked);
    };
    builder.stream({50, at(0s), at(13s), Verb::write, 0, 0ns}, hiccup);
    const auto streams = streams_of(builder.evidence, builder.scenario);
    const auto outages = outages_of(streams[0], builder.scenario.minimum, at(13s));
    REQUIRE(outages.size() == 1);
    CHECK(outages[0].start.low > at(5900ms));
}

TEST_CASE("an outage that lasts to the end of the load has no end and an unbounded length") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(9s), at(99s)));
    const auto time = measured(outage_time, builder, "outage_time");
    REQUIRE(time.value);
    CHECK(time.value->low > 3.9);
    CHECK(std::isinf(time.value->high));
}

TEST_CASE("good answers for less than the hold time do not end an outage") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, [](Instant invoked) {
        const bool up =
            invoked < at(5s) || (invoked >= at(6s) && invoked < at(6500ms)) || invoked >= at(7s);
        return Answer{invoked + 500us, up ? Outcome::ok : Outcome::failed, NodeId(std::uint16_t{0}),
                      Cause::none};
    });
    const auto streams = streams_of(builder.evidence, builder.scenario);
    const auto outages = outages_of(streams[0], builder.scenario.minimum, at(13s));
    REQUIRE(outages.size() == 1);
    CHECK(outages[0].start.contains(at(5s)));
    CHECK(outages[0].end->contains(at(7s)));
}

TEST_CASE("a late generator widens the edges and is no outage of the system") {
    EvidenceBuilder builder;
    builder.scenario.minimum.latency = 20ms;
    // Between 7 s and 7.1 s nothing is issued; what was due then is issued at 7.1 s.
    builder.stream({1000, at(0s), at(7s), Verb::write, 0, 0ns}, healthy());
    builder.stream({1000, at(7s), at(7100ms), Verb::write, 0, 0ns}, healthy());
    for (auto& operation : builder.evidence.operations) {
        if (operation.scheduled < at(7s)) continue;
        operation.invoked = at(7100ms);
        operation.completed = at(7101ms);
    }
    builder.stream({1000, at(7100ms), at(13s), Verb::write, 0, 0ns}, healthy());
    const auto streams = streams_of(builder.evidence, builder.scenario);
    CHECK(outages_of(streams[0], builder.scenario.minimum, at(13s)).empty());

    EvidenceBuilder late;
    late.stream({1000, at(0s), at(13s), Verb::write, 0, 8ms}, refusing(at(5s), at(6s)));
    const auto late_streams = streams_of(late.evidence, late.scenario);
    const auto outages = outages_of(late_streams[0], late.scenario.minimum, at(13s));
    REQUIRE(outages.size() == 1);
    CHECK(outages[0].start.width() >= 16ms);
    CHECK(outages[0].end->width() >= 8ms);
}

TEST_CASE("a sound stream is never down, known to the distance of arrivals") {
    EvidenceBuilder builder;
    builder.stream({200, at(0s), at(13s), Verb::read, 1, 0ns}, healthy());
    const auto time = measured(outage_time, builder, "outage_time_read", "eu-west");
    REQUIRE(time.value);
    CHECK(time.value->low == 0);
    CHECK(time.value->high == Approx(0.005));  // 1/200 s
    CHECK_FALSE(measured(outage_time, builder, "outage_time_write").value);
}

TEST_CASE("reads and writes and regions are told apart, and the worst is the total") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(7s)));
    builder.stream({100, at(0s), at(13s), Verb::read, 0, 0ns}, healthy());
    builder.stream({100, at(0s), at(13s), Verb::write, 1, 0ns}, refusing(at(5s), at(6s)));
    CHECK(measured(outage_time, builder, "outage_time_read", "us-east").value->low == 0);
    CHECK(measured(outage_time, builder, "outage_time_write", "us-east").value->contains(2));
    CHECK(measured(outage_time, builder, "outage_time_write", "eu-west").value->contains(1));
    CHECK(measured(outage_time, builder, "outage_time").value->contains(2));
}

TEST_CASE("shares leave over a whole number of bad operations, and single hiccups are forgiven") {
    const MinimumLevel minimum;  // 99 %, 80 % of the baseline, 1 s
    CHECK(bad_allowed(1000, minimum, 1000) == 10);
    CHECK(bad_allowed(999, minimum, 1000) == 9);  // 1 % of 999 is 9.99
    CHECK(bad_allowed(100, minimum, 100) == 2);
    CHECK(bad_allowed(15, minimum, 15) == 1);
    CHECK(bad_allowed(9, minimum, 9) == 0);
    MinimumLevel half = minimum;
    half.success = 0.5;  // then the throughput share rules: 80 % of what was due
    CHECK(bad_allowed(1000, half, 2000) == 200);
}

}  // namespace gameday::measures
