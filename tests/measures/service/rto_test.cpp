#include "harness/ports/measure.hpp"
#include "tests/measures/find.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace gameday::measures {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

// Refused in each of the spans; served by region 0 before the first and by region 1 after it.
Server failing_over(std::vector<Interval<Instant>> spans) {
    return [spans = std::move(spans)](Instant invoked) {
        for (const auto& span : spans) {
            if (span.low <= invoked && invoked < span.high) {
                return Answer{invoked + 100us, Outcome::failed, NodeId(), Cause::refused};
            }
        }
        const std::uint16_t region = invoked < spans.front().low ? 0 : 1;
        return Answer{invoked + 500us, Outcome::ok, NodeId(region), Cause::none};
    };
}

}  // namespace

TEST_CASE("the recovery time holds the true distance from fault to service, class by class") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns},
                   failing_over({{at(5s), at(6600ms)}}));
    builder.stream({200, at(0s), at(13s), Verb::read, 0, 0ns},
                   failing_over({{at(5s), at(5400ms)}}));
    const auto write = measured(rto, builder, "rto_write");
    const auto read = measured(rto, builder, "rto_read");
    const auto both = measured(rto, builder, "rto");
    REQUIRE(write.value);
    CHECK(write.value->contains(1.6));
    CHECK(read.value->contains(0.4));
    CHECK(both.value == write.value);
    CHECK(write.value->width() < 0.012);  // two arrivals of 5 ms, service 0.5 ms, injection 0.1 ms
    CHECK(write.fault == "outage");
    CHECK(figure(write, "switch_at") == Approx(1.6).margin(0.01));
    CHECK_FALSE(write.witnesses.empty());
}

TEST_CASE("an outage that begins seconds into a fault counts from the fault") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns},
                   failing_over({{at(7s), at(8600ms)}}));
    const auto write = measured(rto, builder, "rto_write");
    REQUIRE(write.value);
    CHECK(write.value->contains(3.6));  // 8.6 s − 5 s
    CHECK(write.value->width() < 0.012);
}

TEST_CASE("a fault that the system rides out has a recovery time of at most the largest silence") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    const auto write = measured(rto, builder, "rto_write");
    REQUIRE(write.value);
    CHECK(write.value->low == 0);
    CHECK(write.value->high == Approx(0.0055));  // 5 ms between arrivals, 0.5 ms of service
}

TEST_CASE("a system that never comes back has an unbounded recovery time") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), std::nullopt);
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(99s)));
    const auto write = measured(rto, builder, "rto");
    REQUIRE(write.value);
    CHECK(write.value->low > 7.9);
    CHECK(std::isinf(write.value->high));
    CHECK_FALSE(write.to);
}

TEST_CASE("recovery in the last moments, shorter than the hold time, is not taken for stable") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), std::nullopt);
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(12500ms)));
    CHECK(std::isinf(measured(rto, builder, "rto").value->high));
}

TEST_CASE("an outage on the way back counts for failback and not for the recovery time") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns},
                   failing_over({{at(5s), at(6s)}, {at(9500ms), at(10s)}}));
    CHECK(measured(rto, builder, "rto").value->contains(1));
    CHECK(measured(rto, builder, "rto").value->high < 1.1);
    CHECK(measured(failback, builder, "failback_rto").value->contains(2));  // 10 s − 8 s
}

TEST_CASE("an outage that begins within the hold time after the heal is the fault's as well") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns},
                   failing_over({{at(5s), at(6s)}, {at(9500ms), at(10s)}}));
    const auto value = *measured(rto, builder, "rto").value;
    CHECK(value.contains(5));
    CHECK(std::isfinite(value.high));
}

TEST_CASE("an outage that only the heal ends is longer than the fault, and for how long is open") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(8300ms)));
    const auto value = measured(rto, builder, "rto");
    CHECK(value.value->low == Approx(3).margin(0.001));
    CHECK(std::isinf(value.value->high));
    CHECK(value.why.find("recovered only after outage was healed") != std::string::npos);
    CHECK(measured(failback, builder, "failback_rto").value->contains(0.3));
}

TEST_CASE("a recovery that no whole window shows before the heal may be the heal's doing") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(8s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(7300ms)));
    const auto value = *measured(rto, builder, "rto").value;
    CHECK(value.low == Approx(2.3).margin(0.01));  // the last bad operation
    CHECK(std::isinf(value.high));
}

TEST_CASE("the last outage in a fault counts, whatever came before") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(30s);
    builder.fault("outage", at(5s), at(25s));
    builder.stream({100, at(0s), at(30s), Verb::write, 0, 0ns},
                   failing_over({{at(5s), at(5050ms)}, {at(7s), at(19s)}}));
    const auto value = *measured(rto, builder, "rto").value;
    CHECK(value.contains(14));
    CHECK(value.width() < 0.03);
    CHECK(figure(measured(rto, builder, "rto"), "down_spans") == 2);
    // A wave is one fault: its last outage counts as well.
    EvidenceBuilder wave;
    wave.evidence.active.high = at(30s);
    wave.fault("wave", at(5s), at(6s));
    wave.fault("wave", at(7s), at(25s)).id = FaultId(1);
    wave.stream({100, at(0s), at(30s), Verb::write, 0, 0ns},
                failing_over({{at(5s), at(5050ms)}, {at(7s), at(19s)}}));
    CHECK(measured(rto, wave, "rto").value->contains(14));
}

TEST_CASE("an outage belongs to each fault in force when it begins") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(25s);
    builder.fault("long", at(5s), at(22s));
    builder.fault("short", at(6s), at(9s));
    builder.stream({100, at(0s), at(25s), Verb::write, 0, 0ns}, failing_over({{at(12s), at(20s)}}));
    std::map<std::string, Interval<double>> by_fault;
    for (const auto& each : rto.evaluate(view::look(builder.scenario, builder.evidence))) {
        if (each.metric == "rto" && each.client_region.empty()) by_fault[each.fault] = *each.value;
    }
    CHECK(by_fault["long"].contains(15));  // 20 s − 5 s
    CHECK(by_fault["short"].high < 0.02);  // healed 3 s before
}

TEST_CASE("an outage within the hold time of a heal belongs to the healed fault") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(25s);
    builder.fault("pause", at(5s), at(7s));
    builder.stream({100, at(0s), at(25s), Verb::write, 0, 0ns},
                   failing_over({{at(7500ms), at(17s)}}));
    CHECK(measured(rto, builder, "rto").value->contains(12));
}

TEST_CASE("what was down before the fault is told, and is no proof of a recovery") {
    EvidenceBuilder builder;
    builder.fault("outage", at(6s), at(11s));
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5s), at(7s)));
    const auto value = measured(rto, builder, "rto");
    CHECK(value.value->low == 0);
    CHECK(value.value->contains(1));
    CHECK(value.why.find("was down already") != std::string::npos);
}

TEST_CASE("a stream too thin for its level proves no recovery time") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(10s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    builder.stream({5, at(0s), at(13s), Verb::read, 1, 0ns}, healthy());
    CHECK(std::isfinite(measured(rto, builder, "rto_write").value->high));
    CHECK(std::isinf(measured(rto, builder, "rto_read").value->high));
    CHECK(std::isinf(measured(rto, builder, "rto").value->high));
}

TEST_CASE("our own probe sees, the clients' checkers and the system's roles detect") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(15s);
    builder.fault("outage", at(5s), at(12s));
    builder.stream({100, at(0s), at(15s), Verb::write, 0, 0ns},
                   failing_over({{at(5s), at(9500ms)}}));
    const NodeId dead(std::uint16_t{0});
    const NodeId next(std::uint16_t{1});
    auto& roles = builder.evidence.roles;
    roles = {{{at(4900ms), at(4901ms)}, dead, Role::primary, 1},
             {{at(4950ms), at(4951ms)}, next, Role::replica, 1},
             {{at(5100ms), at(5101ms)}, dead, Role::down, 0},
             {{at(8900ms), at(8901ms)}, next, Role::replica, 1},
             {{at(9s), at(9001ms)}, next, Role::primary, 2}};
    builder.evidence.health = {{at(9200ms), RegionId(std::uint16_t{0}), dead, false}};
    const auto value = measured(rto, builder, "rto");
    CHECK(figure(value, "seen_at") == Approx(0.1).margin(0.01));
    CHECK(figure(value, "detect_at") == Approx(4).margin(0.01));  // the election
    roles.resize(4);
    CHECK(figure(measured(rto, builder, "rto"), "detect_at") == Approx(4.2).margin(0.01));
}

TEST_CASE("a fault to be ridden out is missed by a single outage, and met by a good stream") {
    EvidenceBuilder builder;
    builder.fault("slow", at(5s), at(10s));
    builder.evidence.faults[0].expects_outage = false;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    CHECK(measured(ridden_out, builder, "ridden_out").value == Interval<double>{0, 0});
    EvidenceBuilder down = builder;
    down.evidence.operations.clear();
    down.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(6s), at(9s)));
    CHECK(measured(ridden_out, down, "ridden_out").value == Interval<double>{1, 1});
    down.evidence.faults[0].expects_outage = true;  // then nothing has to be ridden out
    CHECK(ridden_out.evaluate(view::look(down.scenario, down.evidence)).empty());
    down.scenario.kind = ScenarioKind::sustained;
    CHECK(measured(ridden_out, down, "ridden_out").value == Interval<double>{1, 1});
}

TEST_CASE("an outage that a fault to be ridden out shares with another may be either's") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(15s);
    builder.fault("lag", at(4s), at(12s));
    builder.evidence.faults[0].expects_outage = false;
    builder.fault("outage", at(6s), at(10s));
    builder.stream({100, at(0s), at(15s), Verb::write, 0, 0ns}, refusing(at(6s), at(8s)));
    const auto shared = measured(ridden_out, builder, "ridden_out");
    CHECK(shared.value == Interval<double>{0, 1});
    CHECK(shared.why.find("expects_outage") != std::string::npos);
}

TEST_CASE("a fault healed while another is in force has its way back measured") {
    EvidenceBuilder builder;
    builder.evidence.active.high = at(20s);
    builder.fault("first", at(5s), at(10s));
    builder.fault("second", at(8s), at(12s));
    builder.stream({100, at(0s), at(20s), Verb::write, 0, 0ns}, failing_over({{at(10s), at(11s)}}));
    for (const auto& each : failback.evaluate(view::look(builder.scenario, builder.evidence))) {
        if (!each.client_region.empty()) continue;
        REQUIRE(each.value);
        if (each.fault == "first") CHECK(each.value->contains(1));
        if (each.fault == "second") CHECK(each.value->high < 0.05);
    }
}

TEST_CASE("an outage inside a gap of the arrivals is inside the interval of outage time") {
    EvidenceBuilder builder;
    builder.scenario.minimum.success = 0.9;
    builder.stream({10, at(0s), at(6s), Verb::write, 0, 0ns}, healthy());
    builder.stream({10, at(6651ms), at(13s), Verb::write, 0, 0ns}, healthy());
    const auto time = measured(outage_time, builder, "outage_time");  // 5.9 s to 6.651 s: silence
    CHECK(time.value->low == 0);
    CHECK(time.value->high >= 0.751);
    CHECK(figure(time, "largest_gap") == Approx(0.751));
}

TEST_CASE("outage time holds the truth, what is forgiven included") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Random random(seed, "outage time");
        EvidenceBuilder builder;
        std::vector<Interval<Instant>> down;
        double truth = 0;
        for (Instant from = at(3500ms); from < at(11s);) {
            const Duration length = Duration(random.below(1'200'000'000));
            down.push_back({from, from + length});
            truth += seconds(length);
            from += length + 200ms + Duration(random.below(3'000'000'000));
        }
        builder.stream({100, at(0s), at(15s), Verb::write, 0, 0ns}, failing_over(down));
        builder.evidence.active.high = at(15s);
        const auto value = *measured(outage_time, builder, "outage_time").value;
        INFO("seed " << seed << " truth " << truth << " got " << value.low << " to " << value.high);
        // A stretch that is good for less than the hold time lies inside a span.
        double held = 0;
        for (std::size_t i = 1; i < down.size(); ++i) {
            if (down[i].low - down[i - 1].high < 1s)
                held += seconds(down[i].low - down[i - 1].high);
        }
        REQUIRE(value.low <= truth + held);
        REQUIRE(value.high >= truth);
    }
}

TEST_CASE("what the instrument spoiled leaves the recovery time open to both readings") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(11s));
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, failing_over({{at(5s), at(7s)}}));
    builder.evidence.instrument.suspended = {{at(5s), at(7s)}};
    const auto value = *measured(rto, builder, "rto").value;
    CHECK(value.low < 0.1);
    CHECK(value.contains(2));
}

TEST_CASE("each fault has its own recovery time, pulses of one step share it") {
    EvidenceBuilder builder;
    builder.fault("first", at(4s), at(4500ms));
    auto& pulse = builder.fault("first", at(5s), at(5500ms));
    pulse.id = FaultId(1);
    builder.fault("second", at(9s), at(10s)).id = FaultId(2);
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns},
                   failing_over({{at(4s), at(5500ms)}, {at(9s), at(9700ms)}}));
    std::vector<std::pair<std::string, Interval<double>>> seen;
    for (const auto& measurement : rto.evaluate(view::look(builder.scenario, builder.evidence))) {
        if (measurement.metric == "rto" && measurement.client_region.empty()) {
            seen.emplace_back(measurement.fault, *measurement.value);
        }
    }
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].first == "first");
    CHECK(seen[0].second.contains(1.5));
    CHECK(seen[1].first == "second");
    CHECK(seen[1].second.contains(0.7));
}

TEST_CASE("without a fault there is no recovery time") {
    EvidenceBuilder builder;
    builder.stream({200, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    CHECK_FALSE(measured(rto, builder, "rto").value);
    CHECK_FALSE(measured(failback, builder, "failback_rto").value);
}

TEST_CASE("random outages after a fault have their true recovery time inside the interval") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed, "rto");
        EvidenceBuilder builder;
        builder.scenario.minimum.latency = 30ms;
        const Instant fault = at(4s) + Duration(random.below(100'000'000));
        const Instant back = fault + 40ms + Duration(random.below(4'000'000'000));
        builder.fault("outage", fault, at(12s));
        builder.evidence.faults[0].injected = Interval<Instant>::point(fault);
        const double rate = 50.0 + static_cast<double>(random.below(950));
        const bool stops = random.chance(0.5);
        builder.stream({rate, at(0s), at(13s), Verb::write, 0, Duration(random.below(300'000))},
                       stops ? stalled(fault, back, 500ms, 500us, 1us) : refusing(fault, back));
        const auto value = measured(rto, builder, "rto").value;
        INFO("seed " << seed << (stops ? " stall" : " refusal") << " rate " << rate << " truth "
                     << seconds(back - fault) << " got " << value->low << " " << value->high);
        // Below three arrivals, or without enough late ones, it may go unseen: then it is no claim.
        const auto seen = value->low > 0;
        if (seconds(back - fault) > 0.05 + 4 / rate) REQUIRE(seen);
        if (seen) REQUIRE(value->contains(seconds(back - fault)));
    }
}

}  // namespace gameday::measures
