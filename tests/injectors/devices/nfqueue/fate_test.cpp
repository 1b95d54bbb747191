#include "injectors/devices/nfqueue/fate.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fate_test {

using namespace gameday;
using namespace gameday::kernel;
using namespace gameday::devices::nfqueue;
using namespace std::chrono_literals;

namespace {

Connection connection(std::uint16_t port) {
    Connection result;
    result.protocol = 17;
    result.source = {10, 0, 0, 1};
    result.target = {10, 0, 0, 2};
    result.source_port = port;
    result.target_port = 9;
    return result;
}

std::vector<Fate> fates(const Impairment& impairment, std::uint64_t seed, std::uint16_t port,
                        int count) {
    FateBook book(impairment, seed);
    std::vector<Fate> result;
    for (int i = 0; i < count; ++i) result.push_back(book.next(connection(port)));
    return result;
}

std::vector<bool> losses(const Impairment& impairment, int count, std::uint64_t seed = 1) {
    std::vector<bool> result;
    for (const auto& fate : fates(impairment, seed, 1, count)) result.push_back(fate.lost);
    return result;
}

double share(const std::vector<bool>& values) {
    const auto yes = static_cast<double>(std::ranges::count(values, true));
    return yes / static_cast<double>(values.size());
}

// Four standard deviations of a share of `count` throws, of which neighbours correlate by `lambda`:
// the variance grows by (1 + lambda) / (1 - lambda).
double four_sigma(double p, int count, double lambda = 0) {
    return 4 * std::sqrt(p * (1 - p) / count * (1 + lambda) / (1 - lambda));
}

// How much one value tells of the next: the correlation of neighbours.
template <class T>
double neighbours(const std::vector<T>& values) {
    double mean = 0;
    double square = 0;
    double product = 0;
    for (const auto value : values) mean += static_cast<double>(value);
    mean /= static_cast<double>(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double here = static_cast<double>(values[i]) - mean;
        square += here * here;
        if (i > 0) product += here * (static_cast<double>(values[i - 1]) - mean);
    }
    return product / square;
}

Impairment everything_at_once() {
    Impairment all;
    all.delay = 50ms;
    all.jitter = 10ms;
    all.loss.share = 0.1;
    all.duplicate = 0.2;
    all.corrupt = 0.05;
    all.reorder = 0.25;
    return all;
}

}  // namespace

TEST_CASE("nfqueue: the same seed gives the packets of a connection the same fates") {
    const Impairment all = everything_at_once();
    CHECK(fates(all, 7, 1000, 500) == fates(all, 7, 1000, 500));
    CHECK(fates(all, 7, 1000, 500) != fates(all, 8, 1000, 500));
    CHECK(fates(all, 7, 1000, 500) != fates(all, 7, 1001, 500));
}

TEST_CASE("nfqueue: what else passes does not change the fates of a connection") {
    const Impairment all = everything_at_once();
    const auto alone = fates(all, 7, 1000, 500);
    FateBook book(all, 7);
    Random random(3, "others");
    for (const auto& wanted : alone) {
        while (random.chance(0.6)) {
            (void)book.next(connection(static_cast<std::uint16_t>(1001 + random.below(50))));
        }
        REQUIRE(book.next(connection(1000)) == wanted);
    }
}

TEST_CASE("nfqueue: asking for more than loss does not change which packets are lost") {
    Impairment loss;
    loss.loss.share = 0.1;
    CHECK(losses(loss, 2000) == losses(everything_at_once(), 2000));
}

TEST_CASE("nfqueue: the two sides of a host and the two directions have fates of their own") {
    Impairment loss;
    loss.loss.share = 0.5;
    Connection there = connection(1000);
    Connection back = there;
    std::swap(back.source, back.target);
    std::swap(back.source_port, back.target_port);
    Connection arrives = there;
    arrives.side = Side::ingress;
    const auto pattern = [&](const Connection& which) {
        FateBook book(loss, 7);
        std::vector<bool> result;
        for (int i = 0; i < 64; ++i) result.push_back(book.next(which).lost);
        return result;
    };
    CHECK(pattern(there) != pattern(back));
    CHECK(pattern(there) != pattern(arrives));
}

TEST_CASE("nfqueue: loss by chance has the share asked for, with any correlation") {
    constexpr int count = 100'000;
    for (const double p : {0.001, 0.01, 0.1, 0.5}) {
        for (const double correlation : {0.0, 0.25, 0.75}) {
            Impairment loss;
            loss.loss = {p, correlation};
            const auto lost = losses(loss, count);
            INFO(p << " with correlation " << correlation);
            CHECK(std::abs(share(lost) - p) <= four_sigma(p, count, correlation));
            // The estimate's standard error is about 1/sqrt(count x p) for rare losses.
            CHECK(std::abs(neighbours(lost) - correlation) <= 5 / std::sqrt(count * p));
        }
    }
    Impairment none;
    CHECK(share(losses(none, 1000)) == 0);
    none.loss.share = 1;
    CHECK(share(losses(none, 1000)) == 1);
}

TEST_CASE("nfqueue: Gilbert-Elliott loses its share, in bursts of its length") {
    constexpr int count = 200'000;
    for (const GilbertElliott& model :
         {GilbertElliott{0.01, 0.3, 1, 0}, GilbertElliott{0.05, 0.5, 0.8, 0.02}}) {
        Impairment loss;
        loss.gilbert_elliott = model;
        const double bad = model.p / (model.p + model.r);
        const double wanted = bad * model.one_minus_h + (1 - bad) * model.one_minus_k;
        const auto lost = losses(loss, count);
        CHECK(std::abs(share(lost) - wanted) <= four_sigma(wanted, count, 1 - model.p - model.r));
    }
    // With nothing lost in good and all in bad, a burst is a stay in bad: 1/r packets on average,
    // geometric, so that its standard deviation is sqrt(1 - r) / r.
    Impairment loss;
    loss.gilbert_elliott = GilbertElliott{0.01, 0.3, 1, 0};
    const auto lost = losses(loss, count);
    double bursts = 0;
    for (std::size_t i = 1; i < lost.size(); ++i) bursts += lost[i] && !lost[i - 1] ? 1 : 0;
    const double length = share(lost) * count / bursts;
    CHECK(std::abs(length - 1 / 0.3) <= 4 * std::sqrt(0.7) / 0.3 / std::sqrt(bursts));
}

TEST_CASE("nfqueue: the 4-state model loses its share, and alone where it says alone") {
    constexpr int count = 200'000;
    Impairment loss;
    loss.four_state = FourState{0.02, 0.25, 0.1, 0.4, 0.01};
    // Balance, with state 1 as 1: state 3 is p13/p31, state 2 is p32/p23 of state 3, 4 is p14.
    const double three = 0.02 / 0.25;
    const double two = three * 0.1 / 0.4;
    const double wanted = (three + 0.01) / (1 + two + three + 0.01);
    CHECK(std::abs(share(losses(loss, count)) - wanted) <= four_sigma(wanted, count, 0.75));

    loss.four_state = FourState{0, 1, 0, 1, 0.1};
    const auto alone = losses(loss, count);
    CHECK(std::abs(share(alone) - 0.1 / 1.1) <= four_sigma(0.1 / 1.1, count));
    CHECK(std::ranges::adjacent_find(alone, [](bool one, bool two_) { return one && two_; }) ==
          alone.end());
}

TEST_CASE("nfqueue: jitter has the shape asked for, and is never negative") {
    constexpr int count = 50'000;
    Impairment what;
    what.delay = 100ms;
    what.jitter = 10ms;
    const auto moments = [&](std::vector<double>& values) {
        values.clear();
        for (const auto& fate : fates(what, 1, 1, count))
            values.push_back(seconds(fate.delay) * 1e3);
        double mean = 0;
        double square = 0;
        for (const double value : values) mean += value / count;
        for (const double value : values) square += (value - mean) * (value - mean) / count;
        return std::pair(mean, std::sqrt(square));
    };
    std::vector<double> values;
    {
        const auto [mean, sd] = moments(values);  // Uniform over 90 to 110: sd 20 / sqrt(12).
        CHECK(std::abs(mean - 100) < 4 * 5.774 / std::sqrt(count));
        CHECK(std::abs(sd - 5.774) < 0.1);
        CHECK(std::ranges::min(values) >= 90);
        CHECK(std::ranges::max(values) <= 110);
    }
    for (const auto shape : {Distribution::normal, Distribution::pareto}) {
        what.distribution = shape;
        const auto [mean, sd] = moments(values);
        INFO(static_cast<int>(shape));
        // Cut at 4 sd: a Pareto tail of 1/(4 x 0.866 + 1.5)^3 = 0.8 % lies behind, worth 0.24 ms
        // of the mean and a good part of the deviation.
        CHECK(std::abs(mean - 100) < (shape == Distribution::normal ? 0.2 : 0.5));
        CHECK(sd > (shape == Distribution::normal ? 9.8 : 6));
        CHECK(sd < 10.2);
    }
    what.distribution = Distribution::custom;
    what.table = {-8192, 8192};
    CHECK(moments(values).second == Approx(10).margin(0.01));
    what.distribution = Distribution::normal;
    what.delay = 5ms;
    (void)moments(values);
    CHECK(std::ranges::min(values) == 0);
}

TEST_CASE("nfqueue: delays correlate as asked, and keep their shape") {
    Impairment what;
    what.delay = 100ms;
    what.jitter = 10ms;
    what.delay_correlation = 0.6;
    std::vector<double> values;
    for (const auto& fate : fates(what, 1, 1, 50'000)) values.push_back(seconds(fate.delay));
    CHECK(std::abs(neighbours(values) - 0.6) < 0.02);
}

TEST_CASE("nfqueue: duplicates, corruption and reordering come in their shares") {
    constexpr int count = 50'000;
    Impairment what = everything_at_once();
    int copies = 0;
    int corrupt = 0;
    int at_once = 0;
    for (const auto& fate : fates(what, 1, 1, count)) {
        copies += fate.copy ? 1 : 0;
        corrupt += fate.corrupt_seed ? 1 : 0;
        at_once += fate.at_once ? 1 : 0;
        if (fate.at_once) REQUIRE(fate.delay == Duration{});
    }
    CHECK(std::abs(copies / double{count} - 0.2) <= four_sigma(0.2, count));
    CHECK(std::abs(corrupt / double{count} - 0.05) <= four_sigma(0.05, count));
    CHECK(std::abs(at_once / double{count} - 0.25) <= four_sigma(0.25, count));
    what.reorder = 1;
    what.gap = 5;
    int n = 0;
    for (const auto& fate : fates(what, 1, 1, 100)) REQUIRE(fate.at_once == (++n % 5 == 0));
}

TEST_CASE("nfqueue: the book of fates does not grow without bound, nor forget who is active") {
    Impairment loss;
    loss.loss.share = 0.5;
    FateBook book(loss, 7);
    FateBook alone(loss, 7);
    Connection other = connection(5);
    for (std::uint32_t i = 0; i < 3 * FateBook::kept_at_least; ++i) {
        other.target[0] = static_cast<std::uint8_t>(20 + (i >> 16U));
        other.target[1] = static_cast<std::uint8_t>(i >> 8U & 0xffU);
        other.target[2] = static_cast<std::uint8_t>(i & 0xffU);
        (void)book.next(other);
        if (i % 1000 == 0) REQUIRE(book.next(connection(1)) == alone.next(connection(1)));
    }
}

}  // namespace fate_test
