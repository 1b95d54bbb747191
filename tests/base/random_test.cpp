// The generator: the same everywhere, streams apart, draws in range.
#include "harness/base/random.hpp"

#include "harness/base/id.hpp"
#include "harness/base/interval.hpp"
#include "tests/support/catch.hpp"

#include <array>
#include <cmath>
#include <set>

namespace gameday {
namespace {

TEST_CASE("SplitMix64 gives the values of its reference implementation") {
    // Vigna's splitmix64.c: the first three outputs for the state 0.
    std::uint64_t state = 0;
    const std::array<std::uint64_t, 3> expected{0xe220a8397b1dcdafULL, 0x6e789e6aa1b965f4ULL,
                                                0x06c45d188009454fULL};
    for (const auto value : expected) {
        CHECK(mix64(state) == value);
        state += 0x9e3779b97f4a7c15ULL;
    }
}

TEST_CASE("the same seed and stream give the same draws, another stream gives others") {
    Random a(7, "load");
    Random b(7, "load");
    Random other_stream(7, "faults");
    Random other_seed(8, "load");
    std::set<std::uint64_t> all;
    for (int i = 0; i < 100; ++i) {
        const auto draw = a.next();
        CHECK(draw == b.next());
        all.insert(draw);
        all.insert(other_stream.next());
        all.insert(other_seed.next());
    }
    CHECK(all.size() == 300);
}

TEST_CASE("a bounded draw is below its bound and favours nothing") {
    Random random(1, "below");
    std::array<int, 6> seen{};
    constexpr int draws = 60'000;
    for (int i = 0; i < draws; ++i) ++seen.at(random.below(6));
    // Each count is binomial with mean 10,000 and deviation 91; five deviations are 456.
    for (const int count : seen) CHECK(std::abs(count - draws / 6) < 456);
    CHECK(random.below(1) == 0);
    for (int i = 0; i < 100; ++i) CHECK(random.below((1ULL << 63) + 1) <= (1ULL << 63));
}

TEST_CASE("unit draws stay below one, exponential draws have their mean") {
    Random random(1, "real");
    double sum = 0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        const double unit = random.unit();
        CHECK((unit >= 0 && unit < 1));
        const double wait = random.exponential(2.0);
        CHECK(wait >= 0);
        sum += wait;
    }
    // The mean of n draws has the deviation 2 / sqrt(n) = 0.0063; five of them are 0.032.
    CHECK(std::abs(sum / draws - 2.0) < 0.032);
    CHECK_FALSE(random.chance(0));
    CHECK(random.chance(1));
}

TEST_CASE("the difference of intervals holds every difference of their points") {
    Random random(1, "intervals");
    const auto any = [&] {
        const double a = random.unit();
        const double b = random.unit();
        return Interval<double>{std::min(a, b), std::max(a, b)};
    };
    for (int i = 0; i < 1000; ++i) {
        const auto a = any();
        const auto b = any();
        const auto d = difference(a, b);
        const double x = a.low + random.unit() * a.width();
        const double y = b.low + random.unit() * b.width();
        CHECK((d.low <= x - y + 1e-12 && x - y <= d.high + 1e-12));
        CHECK(hull(a, b).contains(x));
        CHECK(hull(a, b).contains(y));
    }
}

TEST_CASE("an id that was never given is not known") {
    CHECK_FALSE(NodeId().known());
    CHECK(NodeId::of(3).known());
    CHECK(NodeId::of(3).index() == 3);
    CHECK(NodeId::of(3) != NodeId::of(4));
}

}  // namespace
}  // namespace gameday
