// Delay, jitter and rate, measured. A busy machine is late, never early: the lower limits are
// exact, and upper ones are met by one of several attempts.
#include "tests/injectors/devices/proxy/bench.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/attempts.hpp"

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

namespace shaping_test {

using namespace gameday;
using namespace gameday::testing;

namespace {

// Times of one-byte messages from client to server, in ms each.
std::vector<double> one_way_ms(const Ends& ends, int count) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const Stopwatch watch;
        check_carries(ends.client, ends.server, "x");
        times.push_back(watch.ms());
    }
    std::ranges::sort(times);
    return times;
}

// Bytes per second from the first one sent to the last one received.
double received_per_s(const Ends& ends, std::size_t bytes) {
    const std::string text = pattern(bytes);
    const Stopwatch watch;
    std::thread sender([&] { (void)ends.client.send(text, 60s); });  // What arrives tells.
    const auto got = ends.server.receive(bytes, 60s).size();
    const double took = watch.ms();
    sender.join();
    if (got != bytes) return -1;  // May run beside another: no CHECK here.
    return static_cast<double>(got) / took * 1000;
}

}  // namespace

TEST_CASE("a delay of 50 ms is 50 ms in its direction and none in the other") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 50ms});
    int sent = 0;
    const double least = test::least_of(60.0, [&] {
        ++sent;
        return one_way_ms(ends, 1).front();
    });
    CHECK(least >= 50);
    CHECK(least < 60);
    CHECK(test::least_of(50.0, [&] {
              const Stopwatch watch;
              check_carries(ends.server, ends.client, "x");
              return watch.ms();
          }) < 50);
    CHECK(bench.device->affected(one) == sent);
}

TEST_CASE("a delay in both directions is met twice on the way there and back") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.delay = 30ms});
    const Stopwatch watch;
    check_carries(ends.client, ends.server, "ping");
    check_carries(ends.server, ends.client, "pong");
    CHECK(watch.ms() >= 60);
}

TEST_CASE("jitter spreads the delay and keeps the order of bytes") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 20ms, .jitter = 15ms});
    // 40 draws between 5 and 35: a least above 15, and a most below 25, has p < 1e-6.
    double most = 0;
    CHECK(test::least_of(15.0, [&] {
              const auto times = one_way_ms(ends, 40);
              CHECK(times.front() >= 5);
              most = std::max(most, times.back());
              return times.front();
          }) < 15);
    CHECK(most > 25);
    const std::string text = pattern(2000);
    for (std::size_t i = 0; i < text.size(); i += 20) {
        REQUIRE(ends.client.send(std::string_view(text).substr(i, 20)) == 20);
        std::this_thread::sleep_for(200us);
    }
    CHECK(ends.server.receive(text.size()) == text);
}

TEST_CASE("a delay does not limit how much passes") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 200ms});
    const std::string text = pattern(8'000'000);
    std::thread sender([&] { (void)ends.client.send(text); });  // What arrives tells.
    const Stopwatch watch;
    CHECK((ends.server.receive(text.size()) == text));
    // One window of 8 MiB every 200 ms, and seconds for a busy machine; with windows of 64 KiB 24
    // s.
    CHECK(watch.ms() < 10'000);
    sender.join();
}

TEST_CASE("a delay that is taken off keeps what is under way in order and on its time") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 300ms});
    const Stopwatch watch;
    REQUIRE(ends.client.send("slow ") == 5);
    // The hop has read it: the delay counts from there.
    CHECK(test::comes_true([&] { return bench.device->affected(one) == 1; }));
    bench.clear(one);
    REQUIRE(ends.client.send("fast") == 4);
    CHECK(ends.server.receive(9) == "slow fast");
    CHECK(watch.ms() >= 300);
}

TEST_CASE("the end of a stream is delayed behind its bytes") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 100ms});
    const Stopwatch watch;
    REQUIRE(ends.client.send("bye") == 3);
    ends.client.finish();
    CHECK(ends.server.receive(3) == "bye");
    CHECK(ends.server.end() == End::fin);
    CHECK(watch.ms() >= 100);
}

TEST_CASE("a rate is kept within one per cent") {
    for (const std::int64_t rate : {20'000, 2'000'000}) {
        const Bench bench;
        const auto ends = bench.pair();
        bench.set(one, {.direction = Direction::to, .rate = rate});
        const auto wanted = static_cast<double>(rate);
        // Never faster; as fast in one of the attempts at least.
        CHECK(test::holds_once([&] {
            const double seen = received_per_s(ends, static_cast<std::size_t>(rate));
            CHECK(seen < 1.01 * wanted);
            return seen > 0.99 * wanted;
        }));
        CHECK(bench.device->affected(one) > 0);
    }
}

TEST_CASE("connections of a link share its rate") {
    const Bench bench;
    const auto first = bench.pair(), second = bench.pair();
    bench.set(one, {.direction = Direction::to, .rate = 1'000'000});
    CHECK(test::holds_once([&] {
        double a = 0, b = 0;
        std::thread other([&] { b = received_per_s(second, 500'000); });
        a = received_per_s(first, 500'000);
        other.join();
        CHECK(std::min(a, b) < 550'000);  // Half of it each, not all of it for both.
        return a + b > 900'000 && std::min(a, b) > 400'000;
    }));
}

TEST_CASE("a rate that is taken off lets what waited flow at once") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .rate = 1000});
    const std::string text = pattern(100'000);  // 100 s at that rate
    REQUIRE(ends.client.send(text) == text.size());
    CHECK(!ends.server.receive(50).empty());
    bench.clear(one);
    const Stopwatch watch;
    CHECK(ends.server.receive(text.size() - 50) == text.substr(50));
    CHECK(watch.ms() < 10'000);
}

TEST_CASE("two faults on one link compose and healing one leaves the other") {
    const Bench bench;
    const auto ends = bench.pair();
    bench.set(one, {.direction = Direction::to, .delay = 40ms});
    bench.set(two, {.direction = Direction::to, .delay = 60ms});
    CHECK(one_way_ms(ends, 3).front() >= 100);
    bench.clear(two);
    int sent = 3;
    const double left = test::least_of(60.0, [&] {
        ++sent;
        return one_way_ms(ends, 1).front();
    });
    CHECK(left >= 40);
    CHECK(left < 60);
    CHECK(bench.device->affected(one) == sent);
    CHECK(bench.device->affected(two) == 3);
    bench.clear(one);
    CHECK(test::least_of(40.0, [&] { return one_way_ms(ends, 1).front(); }) < 40);
}

TEST_CASE("a fault on one link is not met on another") {
    const Bench bench;
    bench.set(one, {.cut = Cut::blackhole, .delay = 1s});
    const Peer client = dial(bench.topology.links.at(2).listen->port);
    const Peer server = bench.server.accept();
    check_carries(client, server, "free");
    CHECK(bench.device->affected(one) == 0);
}

TEST_CASE("the same seed draws the same jitter") {
    // Widths far beyond what a busy machine adds: only the draw can make the difference.
    const auto first_draw_ms = [](std::uint64_t seed) {
        const Bench bench(seed);
        const auto ends = bench.pair();
        bench.set(one, {.direction = Direction::to, .delay = 300ms, .jitter = 300ms});
        return one_way_ms(ends, 1).front();
    };
    CHECK(test::least_of(30.0, [&] { return std::abs(first_draw_ms(5) - first_draw_ms(5)); }) < 30);
    double least = 1e9, most = 0;
    for (const std::uint64_t seed : {5U, 6U, 7U, 8U}) {
        const double ms = first_draw_ms(seed);
        least = std::min(least, ms);
        most = std::max(most, ms);
    }
    CHECK(most - least > 60);
}

}  // namespace shaping_test
