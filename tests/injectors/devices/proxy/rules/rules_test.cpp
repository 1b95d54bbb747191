#include "injectors/devices/proxy/rules/rules.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <stdexcept>

namespace rules_test {

using namespace gameday;
using namespace gameday::devices::proxy;
using namespace std::chrono_literals;

namespace {

constexpr FaultId one{1}, two{2}, three{3};
double never() { throw std::logic_error("no jitter was asked for"); }

FlowRule flow_of(std::vector<Delay> delays, std::int64_t rate, std::vector<FaultId> by) {
    FlowRule flow;
    flow.delays = std::move(delays);
    flow.rate = rate;
    flow.by = std::move(by);
    return flow;
}

}  // namespace

TEST_CASE("delays add and the smallest rate wins") {
    const LinkRules rules{{one, {.delay = 50ms, .jitter = 5ms}, 0},
                          {two, {.delay = 20ms, .rate = 2000}, 0},
                          {three, {.rate = 1000}, 0}};
    const auto wanted = flow_of({{50ms, 5ms}, {20ms, 0ms}}, 1000, {one, two, three});
    CHECK(compose(rules, Direction::to, 7) == wanted);
}

TEST_CASE("a rate that is not the smallest proves nothing") {
    const LinkRules rules{{one, {.rate = 9000}, 0}, {two, {.rate = 1000}, 0}};
    CHECK(compose(rules, Direction::from, 0) == flow_of({}, 1000, {two}));
}

TEST_CASE("any black hole holds, and only in its own direction") {
    const LinkRules rules{{one, {.delay = 1ms}, 0},
                          {two, {.cut = Cut::blackhole, .direction = Direction::to}, 0}};
    CHECK(compose(rules, Direction::to, 0).hold);
    CHECK(!compose(rules, Direction::from, 0).hold);
    CHECK(compose(rules, Direction::from, 0).by == std::vector{one});
}

TEST_CASE("a rule's scope divides connections by when they came") {
    const LinkRules fresh{{one, {.scope = Scope::fresh, .delay = 1ms}, 5}};
    CHECK(compose(fresh, Direction::to, 4).plain());
    CHECK(!compose(fresh, Direction::to, 5).plain());
    const LinkRules established{{one, {.scope = Scope::established, .delay = 1ms}, 5}};
    CHECK(!compose(established, Direction::to, 4).plain());
    CHECK(compose(established, Direction::to, 5).plain());
}

TEST_CASE("the rudest cut decides on a new connection") {
    const FaultRule hold{one, {.cut = Cut::blackhole, .direction = Direction::from}, 0};
    const FaultRule reset{two, {.cut = Cut::reset, .direction = Direction::from}, 0};
    const FaultRule refuse{three, {.cut = Cut::refuse}, 0};
    using Answer = Admission::Answer;
    CHECK(admit({}, 0) == Admission{});
    CHECK(admit({hold}, 0) == Admission{Answer::hold, Direction::both, {one}});
    CHECK(admit({hold, reset}, 0) == Admission{Answer::reset, Direction::from, {two}});
    CHECK(admit({hold, reset, refuse}, 0) ==
          Admission{Answer::reset, Direction::both, {two, three}});
    CHECK(holds({hold, reset}, 0));
    CHECK(!holds({reset, refuse}, 0));
    CHECK(refuses({hold, refuse}));
    CHECK(!refuses({hold, reset}));
}

TEST_CASE("a cut for established connections lets a new one pass") {
    const LinkRules rules{{one, {.cut = Cut::reset, .scope = Scope::established}, 3},
                          {two, {.cut = Cut::blackhole, .scope = Scope::established}, 3}};
    CHECK(admit(rules, 3) == Admission{});
}

TEST_CASE("a half-close meets a new connection in its own direction only") {
    const LinkRules rules{{one, {.cut = Cut::half_close, .direction = Direction::to}, 0}};
    CHECK(half_closes(rules, Direction::to, 0) == std::vector{one});
    CHECK(half_closes(rules, Direction::from, 0).empty());
}

TEST_CASE("a chunk is due after all delays and never before the one ahead") {
    const auto rule = flow_of({{50ms, 0ms}, {20ms, 0ms}}, 0, {one});
    CHECK(stamp(rule, at(1s), at(0s), never) == at(1070ms));
    CHECK(stamp(rule, at(1s), at(2s), never) == at(2s));
    CHECK(stamp({}, at(1s), at(2s), never) == at(2s));
}

TEST_CASE("jitter spreads evenly around the delay and stays above zero") {
    const auto rule = flow_of({{10ms, 4ms}}, 0, {one});
    CHECK(stamp(rule, at(0s), at(0s), [] { return 0.0; }) == at(6ms));
    CHECK(stamp(rule, at(0s), at(0s), [] { return 0.5; }) == at(10ms));
    CHECK(stamp(rule, at(0s), at(0s), [] { return 0.75; }) == at(12ms));
    const auto wide = flow_of({{1ms, 4ms}}, 0, {one});
    CHECK(stamp(wide, at(5ms), at(0s), [] { return 0.0; }) == at(5ms));
}

TEST_CASE("without a rate a chunk leaves whole when it is due") {
    CHECK(decide({}, {at(3s), 100}, at(1s), {at(9s), {}}) == Decision{false, at(3s), 100});
}

TEST_CASE("a held chunk waits for the rule to change") {
    FlowRule held = flow_of({}, 1000, {one});
    held.hold = true;
    CHECK(decide(held, {at(0s), 100}, at(1s), {}).wait);
}

TEST_CASE("under a rate a slice leaves when the link has carried it") {
    const auto rule = flow_of({}, 100'000, {one});
    // 5 ms of 100 kB/s are 500 bytes; the link is free at 2 s, so they are across at 2.005 s.
    CHECK(decide(rule, {at(1990ms), 9000}, at(1990ms), {at(2s), {}}) ==
          Decision{false, at(2005ms), 500});
    // An idle link saves nothing up: the time runs from the chunk's own due time.
    CHECK(decide(rule, {at(5s), 100}, at(5s), {at(2s), {}}) == Decision{false, at(5001ms), 100});
    // A chunk that was kept for seconds does not come in one burst: 200 ms are made good.
    CHECK(decide(rule, {at(2s), 100}, at(9s), {at(2s), {}}) == Decision{false, at(8801ms), 100});
    // The end of a stream has no bytes to carry.
    CHECK(decide(rule, {at(5s), 0}, at(1s), {at(9s), {}}) == Decision{false, at(5s), 0});
}

TEST_CASE("slices carry a megabyte at the rate asked within a thousandth") {
    for (const std::int64_t rate : {1'000, 10'000, 1'000'000, 100'000'000}) {
        const auto rule = flow_of({}, rate, {one});
        const auto total = static_cast<std::size_t>(rate);  // one second's worth
        std::size_t left = total;
        Instant now = at(1s), free = at(0s);
        while (left > 0) {
            const Decision next = decide(rule, {at(1s), left}, now, {free, {}});
            REQUIRE(next.bytes > 0);
            free = next.at;
            now = std::max(now, next.at + 1ms);  // a timer that is late by 1 ms
            left -= next.bytes;
        }
        CHECK(seconds(free - at(1s)) == Approx(1.0).epsilon(0.001));
    }
}

TEST_CASE("a share of connections meets a rule, the same ones for the same seed") {
    FaultRule some{one, {.delay = 1ms}, 0};
    some.rule.share = 0.25;
    some.rule.draw = 7;
    int met = 0, same = 0;
    FaultRule again = some;
    FaultRule other = some;
    other.rule.draw = 8;
    int differ = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        met += meets(some, i) ? 1 : 0;
        same += meets(some, i) == meets(again, i) ? 1 : 0;
        differ += meets(some, i) != meets(other, i) ? 1 : 0;
    }
    CHECK(std::abs(met - 2500) < 4 * 44);  // four deviations of a binomial
    CHECK(same == 10'000);
    CHECK(differ > 1000);
    some.rule.share = 0;
    CHECK_FALSE(meets(some, 3));
    some.rule.share = 7;
    CHECK(meets(some, 3));
}

TEST_CASE("a connection has its own rate beside the link's") {
    FlowRule rule = flow_of({}, 100'000, {one});
    rule.own_rate = 50'000;
    // 5 ms of the smaller rate are 256 bytes at least; both lines have to be free.
    CHECK(decide(rule, {at(1s), 9000}, at(1s), {}) == Decision{false, at(1s) + 5120us, 256});
    CHECK(decide(rule, {at(1s), 9000}, at(1s), {at(2s), {}}) ==
          Decision{false, at(2s) + 2560us, 256});
    CHECK(decide(rule, {at(1s), 9000}, at(1s), {{}, at(2s)}) ==
          Decision{false, at(2s) + 5120us, 256});
}

TEST_CASE("pieces are as long as asked, give or take, and never empty") {
    FlowRule rule;
    CHECK(piece(rule, 900, [] { return 0.5; }) == 900);
    rule.slice = 100;
    CHECK(piece(rule, 900, [] { return 0.5; }) == 100);
    CHECK(piece(rule, 30, [] { return 0.5; }) == 30);
    rule.variation = 40;
    CHECK(piece(rule, 900, [] { return 0.0; }) == 60);
    CHECK(piece(rule, 900, [] { return 0.75; }) == 120);
    rule.variation = 400;
    CHECK(piece(rule, 900, [] { return 0.0; }) == 1);
}

TEST_CASE("the earliest ending counts, from the rule or from the connection, whichever is later") {
    FaultRule close{one, {}, 0};
    close.since = at(10s);
    close.rule.close_after = 500ms;
    FaultRule later{two, {}, 0};
    later.since = at(1s);
    later.rule.close_after = 9s;
    CHECK_FALSE(ending({}, 0, at(0s)));
    CHECK(ending({close, later}, 0, at(0s)) == devices::proxy::Ending{at(10s), false, {two}});
    CHECK(ending({close, later}, 0, at(20s)) ==
          devices::proxy::Ending{at(20s) + 500ms, false, {one}});
}

TEST_CASE("a delay of ends is for what closes a connection in its direction, not in the other") {
    FaultRule close{one, {.direction = Direction::from}, 0};
    close.rule.close_after = 500ms;
    FaultRule slow{two, {.direction = Direction::from, .end_delay = 300ms}, 0};
    CHECK(ending({close, slow}, 0, at(1s)) == devices::proxy::Ending{at(1800ms), false, {one}});
    slow.rule.direction = Direction::to;
    CHECK(ending({close, slow}, 0, at(1s)) == devices::proxy::Ending{at(1500ms), false, {one}});
}

TEST_CASE("what toxics ask for composes: the smallest limit, rate and piece, the sum of delays") {
    FaultRule a{one, {.direction = Direction::to}, 0}, b{two, {.direction = Direction::to}, 0};
    a.rule.limit = 1000;
    b.rule.limit = 10;
    a.rule.own_rate = 5;
    a.rule.end_delay = 1s;
    b.rule.end_delay = 2s;
    a.rule.reset_after = 2s;
    b.rule.reset_after = 1s;
    b.rule.slice = 7;
    b.rule.gap = 3ms;
    const auto flow = compose({a, b}, Direction::to, 0);
    CHECK(flow.limit == 10);
    CHECK(flow.own_rate == 5);
    CHECK(flow.end_delay == 3s);
    CHECK(flow.reset_after == 1s);
    CHECK(flow.slice == 7);
    CHECK(flow.gap == 3ms);
    CHECK_FALSE(flow.discard);
    CHECK(flow.by == std::vector{one, two});
    CHECK(compose({a, b}, Direction::from, 0).plain());
}

}  // namespace rules_test
