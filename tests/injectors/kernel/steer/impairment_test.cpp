#include "injectors/kernel/steer/impairment.hpp"

#include "harness/json/json.hpp"
#include "tests/injectors/kernel/steer/random_impairment.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace impairment_test {

using namespace gameday;
using namespace gameday::kernel;
using namespace std::chrono_literals;

TEST_CASE("every impairment comes back whole from its value, also by way of the journal's text") {
    Random random(7, "impairments");
    for (int i = 0; i < 3000; ++i) {
        const Impairment wanted = gameday::testing::random_impairment(random);
        const Value value = value_of(wanted);
        INFO(json::print(value));
        const auto back = impairment_of(value);
        REQUIRE(back.has_value());
        CHECK(*back == wanted);
        const auto read = json::parse(json::print(value));
        REQUIRE(read.has_value());
        const auto again = impairment_of(*read);
        REQUIRE(again.has_value());
        CHECK(*again == wanted);
    }
}

TEST_CASE("an impairment leaves out what is default") {
    CHECK(value_of(Impairment{}) == Value(Params{}));
    Impairment loss;
    loss.loss.share = 0.05;
    CHECK(value_of(loss) == Value(Params{{"loss", Value(0.05)}}));
}

TEST_CASE("what no impairment can be is refused, and the field is named") {
    const std::vector<std::pair<const char*, const char*>> cases{
        {R"([])", "impairment: want an object"},
        {R"({"los": 0.1})", "impairment: los: is not known"},
        {R"({"loss": 1.5})", "impairment: loss: want a share from 0 to 1, not 1.5"},
        {R"({"loss": -0.1})", "impairment: loss: want a share"},
        {R"({"loss": "5%"})", "impairment: loss: want a share from 0 to 1, not \"5%\""},
        {R"({"delay": 100})", "impairment: delay: want a duration such as \"50ms\", not 100"},
        {R"({"delay": "-5ms"})", "impairment: delay: want a duration"},
        {R"({"jitter": "5ms"})", "impairment: jitter: wants a delay"},
        {R"({"delay": "5ms", "distribution": "normal"})", "impairment: distribution: wants a jit"},
        {R"({"delay": "5ms", "jitter": "1ms", "distribution": "gauss"})", "want one of uniform"},
        {R"({"delay": "5ms", "jitter": "1ms", "distribution": "custom"})", "impairment: table:"},
        {R"({"delay": "5ms", "jitter": "1ms", "table": [1]})", "impairment: table:"},
        {R"({"delay": "5ms", "table": [40000]})", "table: want a whole number from -32768 to"},
        {R"({"reorder": 0.1})", "impairment: reorder: wants a delay"},
        {R"({"delay": "5ms", "gap": 3})", "impairment: gap: wants a reorder"},
        {R"({"loss": 0.1, "four_state": {}})", "impairment: loss: want one of"},
        {R"({"gilbert_elliott": {"q": 1}})", "impairment: gilbert_elliott: q: is not known"},
        {R"({"gilbert_elliott": {"p": 2}})", "impairment: gilbert_elliott: p: want a share"},
        {R"({"rate": -1})", "impairment: rate: want a whole number from 0"},
        {R"({"cell_size": 48})", "want a rate"},
        {R"({"slot": {"min_delay": "2ms", "max_delay": "1ms"}})", "slot: max_delay"},
        {R"({"ecn": true})", "impairment: ecn: wants a loss"},
        {R"({"seed": "x"})", "impairment: seed: want a whole number of 64 bits"},
    };
    for (const auto& [text, wanted] : cases) {
        INFO(text);
        const auto read = impairment_of(json::parse(text).value());
        REQUIRE(!read.has_value());
        CHECK(read.error().code == ErrorCode::invalid);
        INFO(read.error().message);
        INFO(wanted);
        CHECK(read.error().message.find(wanted) != std::string::npos);
    }
}

TEST_CASE("two faults on the same packets: delays add, shares combine, the smaller rate counts") {
    Impairment one, other;
    one.delay = 100ms;
    one.jitter = 10ms;
    one.loss.share = 0.1;
    one.rate = 1'000'000;
    one.packet_overhead = 4;
    other.delay = 50ms;
    other.jitter = 5ms;
    other.distribution = Distribution::normal;
    other.loss = {0.2, 0.25};
    other.duplicate = 0.01;
    other.rate = 500'000;
    other.wire_accurate = true;
    const auto both = compose(one, other);
    REQUIRE(both.has_value());
    CHECK(both->delay == 150ms);
    CHECK(both->jitter == 15ms);
    CHECK(both->distribution == Distribution::normal);
    CHECK(both->loss.share == Approx(1 - 0.9 * 0.8));
    CHECK(both->loss.correlation == 0.25);
    CHECK(both->duplicate == Approx(0.01));
    CHECK(both->rate == 500'000);
    CHECK(both->packet_overhead == 0);
    CHECK(both->wire_accurate);
}

TEST_CASE("composing is commutative, and with nothing it changes nothing") {
    Random random(8, "impairments");
    for (int i = 0; i < 2000; ++i) {
        const auto one = gameday::testing::random_impairment(random);
        const auto other = gameday::testing::random_impairment(random);
        const auto there = compose(one, other), back = compose(other, one);
        REQUIRE(there.has_value() == back.has_value());
        if (there) CHECK(impairment_text(*there) == impairment_text(*back));
        const auto alone = compose(one, Impairment{});
        REQUIRE(alone.has_value());
        CHECK(impairment_text(*alone) == impairment_text(one));
    }
}

TEST_CASE("a random loss on top of a Gilbert-Elliott loss is lost in both of its states") {
    Impairment chain, chance;
    chain.gilbert_elliott = GilbertElliott{0.01, 0.3, 0.5, 0};
    chance.loss.share = 0.1;
    const auto both = compose(chain, chance);
    REQUIRE(both.has_value());
    CHECK(both->loss.share == 0);
    CHECK(both->gilbert_elliott->one_minus_h == Approx(0.55));  // 1 - 0.5 * 0.9
    CHECK(both->gilbert_elliott->one_minus_k == Approx(0.1));
}

TEST_CASE("what one netem cannot do at once is refused") {
    Impairment one, other;
    one.gilbert_elliott = GilbertElliott{0.01, 0.3, 1, 0};
    other.gilbert_elliott = GilbertElliott{0.02, 0.3, 1, 0};
    REQUIRE(!compose(one, other).has_value());
    CHECK(compose(one, other).error().code == ErrorCode::invalid);
    CHECK(compose(one, one).has_value());
    other.gilbert_elliott.reset();
    other.four_state = FourState{};
    CHECK(!compose(one, other).has_value());
    Impairment chance;
    chance.loss.share = 0.1;
    CHECK(!compose(other, chance).has_value());
    Impairment left, right;
    left.delay = right.delay = 5ms;
    left.jitter = right.jitter = 1ms;
    left.distribution = right.distribution = Distribution::custom;
    left.table = {1};
    right.table = {2};
    CHECK(!compose(left, right).has_value());
}

TEST_CASE("an impairment says what it does") {
    Impairment it;
    CHECK(impairment_text(it) == "nothing");
    it.delay = 100ms;
    it.jitter = 10ms;
    it.loss.share = 0.05;
    it.rate = 125'000;
    CHECK(impairment_text(it) == "delay 100 ms ± 10 ms, loss 5 %, rate 1 Mbit/s");
}

}  // namespace impairment_test
