#include "harness/view/spans.hpp"

#include "harness/view/view.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/evidence_builder.hpp"

#include <cmath>
#include <vector>

namespace gameday::view {

using namespace gameday::testing;
using namespace std::chrono_literals;

namespace {

std::vector<Span> spans_in(const EvidenceBuilder& builder) {
    const auto view = look(builder.scenario, builder.evidence);
    REQUIRE(view.streams.size() == 1);
    return view.streams[0].spans;
}

// Bad in each of the stretches, at once and for certain.
Server refusing_in(std::vector<Interval<Instant>> stretches) {
    return [stretches = std::move(stretches)](Instant invoked) {
        for (const auto& stretch : stretches) {
            if (stretch.low <= invoked && invoked < stretch.high) {
                return Answer{invoked + 100us, Outcome::failed, NodeId(), Cause::refused};
            }
        }
        return Answer{invoked + 500us, Outcome::ok, NodeId(std::uint16_t{0}), Cause::none};
    };
}

// The oracle, from the definition: every window is counted afresh. -1: it can not be filled.
int slow_level(const std::vector<std::pair<double, bool>>& due, std::size_t at, bool forward,
               double success, double hold, double begin, double end) {
    const auto needed = static_cast<std::size_t>(std::ceil(1 / (1 - success) - 1e-6));
    std::size_t members = 0;
    std::size_t bad = 0;
    bool long_enough = false;
    for (std::size_t step = 0;; ++step) {
        if (forward ? at + step >= due.size() : step > at) {
            long_enough = forward ? due[at].first + hold <= end : due[at].first - hold >= begin;
            break;
        }
        const std::size_t i = forward ? at + step : at - step;
        const double away = std::abs(due[i].first - due[at].first);
        if (away >= hold - 1e-9 && members >= needed) {
            long_enough = true;
            break;
        }
        ++members;
        bad += due[i].second ? 0U : 1U;
    }
    const bool fits = forward ? due[at].first + hold <= end : due[at].first - hold >= begin;
    if (!long_enough || !fits || members < needed) return -1;
    return static_cast<double>(bad) <= (1 - success) * static_cast<double>(members) + 1e-6 ? 1 : 0;
}

}  // namespace

TEST_CASE("spans are those that counting every window afresh finds") {
    std::size_t found = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Random random(seed, "spans");
        EvidenceBuilder builder;
        builder.evidence.active.high = at(8s);
        builder.scenario.minimum.success = random.chance(0.5) ? 0.99 : 0.9;
        builder.scenario.minimum.hold = random.chance(0.5) ? 1s : 300ms;
        bool down = false;
        std::vector<std::pair<double, bool>> due;
        builder.stream({60, at(0s), at(8s), Verb::read, 0, 0ns}, [&](Instant invoked) {
            if (random.chance(0.01)) down = !down;
            const bool bad = down ? random.chance(0.7) : random.chance(0.01);
            due.emplace_back(seconds(invoked.time_since_epoch()), !bad);
            return Answer{invoked + 1ms, bad ? Outcome::unknown : Outcome::ok,
                          NodeId(std::uint16_t{0}), Cause::none};
        });
        const auto& minimum = builder.scenario.minimum;
        const auto level = [&](std::size_t i, bool forward) {
            return slow_level(due, i, forward, minimum.success, seconds(minimum.hold), 0, 8);
        };
        std::vector<std::pair<std::size_t, std::size_t>> wanted;  // first bad, first fine
        for (std::size_t i = 0; i < due.size(); ++i) {
            const int own = level(i, true) >= 0 ? level(i, true) : level(i, false);
            if (due[i].second || own != 0) continue;
            std::size_t fine = i;
            while (fine < due.size() &&
                   !(due[fine].second && (level(fine, true) == 1 || level(fine, false) == 1))) {
                ++fine;
            }
            wanted.emplace_back(i, fine);
            i = fine;
        }
        INFO("seed " << seed);
        const auto spans = spans_in(builder);
        REQUIRE(spans.size() == wanted.size());
        for (std::size_t i = 0; i < spans.size(); ++i) {
            const auto& operations = builder.evidence.operations;
            REQUIRE(spans[i].start.contains(operations[wanted[i].first].scheduled));
            REQUIRE(spans[i].end.has_value() == (wanted[i].second < due.size()));
            if (spans[i].end) {
                REQUIRE(spans[i].end->high == operations[wanted[i].second].completed);
            }
        }
        found += spans.size();
    }
    CHECK(found > 60);
}

TEST_CASE("an outage of refusals has its true edges inside the interval") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(5003ms), at(5217ms)));
    const auto spans = spans_in(builder);
    REQUIRE(spans.size() == 1);
    CHECK(spans[0].start.contains(at(5003ms)));
    REQUIRE(spans[0].end);
    CHECK(spans[0].end->contains(at(5217ms)));
    CHECK(spans[0].start.width() + spans[0].end->width() < 22ms);  // two arrivals, and the service
}

TEST_CASE("a stopped server has its true span inside, whatever it does with its backlog") {
    for (const Duration length : {Duration(200ms), Duration(1s), Duration(5s)}) {
        for (const Duration patience : {Duration(10s), Duration(500ms)}) {
            EvidenceBuilder builder;
            builder.scenario.minimum.latency = 20ms;
            builder.stream({1000, at(0s), at(13s), Verb::write, 0, 0ns},
                           stalled(at(5s), at(5s) + length, patience, 500us, 3us));
            const auto spans = spans_in(builder);
            INFO("length " << length.count() << " patience " << patience.count());
            REQUIRE(spans.size() == 1);
            CHECK(spans[0].start.contains(at(5s)));
            REQUIRE(spans[0].end);
            CHECK(spans[0].end->contains(at(5s) + length));
            // What was due less than the bound before it resumed is served in time.
            CHECK(spans[0].end->width() <= 40ms);
        }
    }
}

TEST_CASE("one bad operation of a hundred is forgiven, two are not") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns},
                   refusing_in({{at(5s), at(5001ms)}, {at(7s), at(7001ms)}}));
    CHECK(spans_in(builder).empty());
    EvidenceBuilder twice;
    twice.stream({100, at(0s), at(13s), Verb::write, 0, 0ns},
                 refusing_in({{at(5s), at(5001ms)}, {at(5900ms), at(5901ms)}}));
    const auto spans = spans_in(twice);
    REQUIRE(spans.size() == 1);
    CHECK(spans[0].start.contains(at(5s)));
}

TEST_CASE("a steady share of failures below the level is down, at any rate") {
    // Every 25th of 50 a second, every 10th of 10 a second: 96 % and 90 %, wanted 99 %.
    for (const auto& [rate, every] : {std::pair(50, 25), std::pair(10, 10)}) {
        EvidenceBuilder builder;
        builder.evidence.active.high = at(45s);
        int count = 0;
        builder.stream({static_cast<double>(rate), at(0s), at(45s), Verb::write, 0, 0ns},
                       [&, every = every](Instant invoked) {
                           const bool inside = invoked >= at(5s) && invoked < at(21s);
                           const bool bad = inside && ++count % every == 0;
                           return Answer{invoked + 500us, bad ? Outcome::failed : Outcome::ok,
                                         NodeId(std::uint16_t{0}), Cause::none};
                       });
        Duration down{};
        for (const auto& span : spans_in(builder)) {
            REQUIRE(span.end);
            down += span.end->high - span.start.low;
        }
        INFO("every " << every << "th of " << rate << " a second");
        CHECK(seconds(down) > 12);  // the level forgives the first and the last of them
        CHECK(seconds(down) < 17);
    }
}

TEST_CASE("good answers for less than the hold time do not end an outage") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns},
                   refusing_in({{at(5s), at(6s)}, {at(6500ms), at(7s)}}));
    const auto spans = spans_in(builder);
    REQUIRE(spans.size() == 1);
    CHECK(spans[0].start.contains(at(5s)));
    CHECK(spans[0].end->contains(at(7s)));
}

TEST_CASE("an outage that lasts to the end of the load has no end") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(9s), at(12500ms)));
    const auto spans = spans_in(builder);  // good for half a second is not long enough to tell
    REQUIRE(spans.size() == 1);
    CHECK_FALSE(spans[0].end);
    CHECK(spans[0].last_bad >= at(12490ms));
}

TEST_CASE("what the instrument spoiled is bad in one reading and good in the other") {
    EvidenceBuilder builder;
    builder.scenario.minimum.latency = 20ms;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    for (auto& operation : builder.evidence.operations) {
        if (operation.scheduled < at(7s) || operation.scheduled >= at(7200ms)) continue;
        operation.invoked = at(7200ms);
        operation.completed = at(7201ms);
    }
    const auto late = look(builder.scenario, builder.evidence);
    CHECK(late.streams[0].spans.size() == 1);
    REQUIRE(late.streams[0].spans_at_best);
    CHECK(late.streams[0].spans_at_best->empty());

    EvidenceBuilder suspended;
    suspended.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, refusing(at(7s), at(9s)));
    CHECK_FALSE(look(suspended.scenario, suspended.evidence).streams[0].spans_at_best);
    suspended.evidence.instrument.suspended = {{at(7s), at(8s)}};
    const auto view = look(suspended.scenario, suspended.evidence);
    REQUIRE(view.streams[0].spans_at_best);
    CHECK(view.streams[0].spans_at_best->empty());
    CHECK(view.streams[0].spans.size() == 1);
}

TEST_CASE("the numbers of the level are those of its shares") {
    CHECK(LevelRule{0.99, 1s}.window_min() == 100);
    CHECK(LevelRule{0.9, 1s}.window_min() == 10);
    CHECK(LevelRule{0.999, 1s}.window_min() == 1000);
    CHECK(LevelRule{0.5, 1s}.window_min() == 2);
    CHECK(LevelRule{1, 1s}.window_min() == 1);
    CHECK(LevelRule{0.99, 1s}.forgiven(100) == 1);
    CHECK(LevelRule{0.99, 1s}.forgiven(199) == 1);
    CHECK(LevelRule{0.99, 1s}.forgiven(1000) == 10);
    CHECK(LevelRule{1, 1s}.forgiven(1000) == 0);
}

TEST_CASE("a stream without enough operations for its level is too thin, and says what it needs") {
    EvidenceBuilder builder;
    builder.fault("outage", at(5s), at(9s));
    builder.stream({30, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());  // 90 in 3 s
    const auto view = look(builder.scenario, builder.evidence);
    CHECK(view.streams[0].thin.find("90 operations were due in the steady window") == 0);
    CHECK(view.streams[0].thin.find("at least 34 a second") != std::string::npos);
    EvidenceBuilder enough;
    enough.fault("outage", at(5s), at(9s));
    enough.stream({34, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    CHECK(look(enough.scenario, enough.evidence).streams[0].thin.empty());
}

TEST_CASE("a short outage can hide between arrivals and behind what the level forgives") {
    EvidenceBuilder builder;
    builder.stream({100, at(0s), at(13s), Verb::write, 0, 0ns}, healthy());
    auto view = look(builder.scenario, builder.evidence);
    CHECK(seconds(view.streams[0].gap) == Approx(0.01));
    // It may hit one operation of a hundred.
    CHECK(seconds(view.streams[0].unseen) == Approx(0.02));
}

}  // namespace gameday::view
