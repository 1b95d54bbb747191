// Resets of some live connections: how many, which, how fast.
#include "tests/injectors/devices/proxy/bench.hpp"

#include <thread>
#include <vector>

namespace storm_test {

using namespace gameday;
using namespace gameday::testing;

namespace {

constexpr Rule storm_of(std::int64_t count, std::int64_t rate_per_s = 0) {
    return {.cut = Cut::reset, .scope = Scope::established, .storm = {count, rate_per_s}};
}

std::vector<Ends> idle_pairs(const Bench& bench, int count) {
    std::vector<Ends> pairs;
    for (int i = 0; i < count; ++i) pairs.push_back(bench.pair());
    return pairs;
}

// Which of them have ended with RST, on both sides.
std::vector<std::size_t> struck(const std::vector<Ends>& pairs) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const End client = pairs[i].client.end(0ms);
        if (client == End::open) continue;
        CHECK(client == End::reset);
        CHECK(pairs[i].server.end() == End::reset);
        found.push_back(i);
    }
    return found;
}

}  // namespace

TEST_CASE("storm: it resets exactly so many idle connections, and leaves the others alone") {
    const Bench bench;
    const auto pairs = idle_pairs(bench, 30);
    bench.set(one, storm_of(10));
    const auto gone = struck(pairs);
    CHECK(gone.size() == 10);
    CHECK(bench.device->affected(one) == 10);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (std::ranges::find(gone, i) != gone.end()) continue;
        check_carries(pairs[i].client, pairs[i].server, "unharmed");
    }
    const auto fresh = bench.pair();
    check_carries(fresh.client, fresh.server, "new");
}

TEST_CASE("storm: the seed chooses, and another seed chooses others") {
    const auto chosen = [](std::uint64_t seed) {
        const Bench bench(seed);
        const auto pairs = idle_pairs(bench, 24);
        bench.set(one, storm_of(8));
        return struck(pairs);
    };
    const auto first = chosen(5);
    CHECK(first.size() == 8);
    CHECK(chosen(5) == first);
    CHECK(chosen(6) != first);
}

TEST_CASE("storm: with a rate one falls after the other, and healing spares the rest") {
    const Bench bench;
    const auto pairs = idle_pairs(bench, 20);
    const Stopwatch watch;
    bench.set(one, storm_of(0, 20));  // At 0, 50, 100 … ms: all of them would take 950 ms.
    CHECK(bench.device->affected(one) == 1);
    while (bench.device->affected(one) < 5) std::this_thread::sleep_for(1ms);
    CHECK(watch.ms() >= 200);
    bench.clear(one);
    const auto gone = bench.device->affected(one);
    std::this_thread::sleep_for(200ms);
    CHECK(bench.device->affected(one) == gone);
    if (watch.ms() < 900) CHECK(gone < 20);
    CHECK(static_cast<std::int64_t>(struck(pairs).size()) == gone);
}

TEST_CASE("storm: all connections fall where no number is given, and new ones with scope all") {
    const Bench bench;
    const auto pairs = idle_pairs(bench, 5);
    bench.set(one, {.cut = Cut::reset, .storm = {0, 1000}});
    for (const auto& pair : pairs) CHECK(pair.client.end() == End::reset);
    CHECK(bench.connect().end() == End::reset);
    CHECK(bench.device->affected(one) == 6);
}

}  // namespace storm_test
