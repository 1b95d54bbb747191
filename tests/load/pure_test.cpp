#include "harness/load/ledger.hpp"
#include "harness/load/meter.hpp"
#include "harness/load/mix.hpp"
#include "harness/load/op_log.hpp"
#include "harness/load/pacer.hpp"
#include "harness/load/zipf.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <map>
#include <set>

using namespace gameday;
using namespace gameday::load;
using namespace std::chrono_literals;

TEST_CASE("constant arrivals are n / rate, without drift") {
    Pacer pacer({Arrival::constant, 300, 0, {}}, Random(1, "p"));
    for (int n = 0; n < 100000; ++n) REQUIRE(pacer.next() == from_seconds(n / 300.0));
}

TEST_CASE("poisson arrivals have the mean and the spread of their distribution") {
    Pacer pacer({Arrival::poisson, 1000, 0, {}}, Random(7, "p"));
    constexpr int count = 100000;
    double squares = 0;
    double last = 0;
    double now = 0;
    for (int n = 0; n < count; ++n) {
        now = seconds(pacer.next());
        REQUIRE(now >= last);
        squares += (now - last) * (now - last);
        last = now;
    }
    // Mean gap 1 ms with standard error 1 ms / √100000 = 0.3 %; five of them are 1.6 %.
    CHECK(now / count == Approx(1e-3).epsilon(0.016));
    // The second moment of an exponential is 2 · mean²; its standard error is √20 / √count.
    CHECK(squares / count == Approx(2e-6).epsilon(0.07));
}

TEST_CASE("a ramp has issued the integral of its rate at every instant") {
    for (const auto& [from, to] : {std::pair(100.0, 500.0), std::pair(400.0, 0.0),
                                   std::pair(0.0, 200.0), std::pair(50.0, 50.0)}) {
        Pacer pacer({Arrival::ramp, from, to, 10s}, Random(1, "p"));
        for (double n = 0; n < (from + to) / 2 * 10; ++n) {
            const Duration due = pacer.next();
            REQUIRE(due != Duration::max());
            const double t = seconds(due);
            const double issued = from * t + (to - from) / 10 * t * t / 2;
            REQUIRE(issued == Approx(n).margin(1e-3));
        }
        const Duration after = pacer.next();
        if (to > 0) {
            // From the end of the ramp on, the rate is kept.
            CHECK(seconds(pacer.next() - after) == Approx(1 / to).epsilon(1e-6));
        } else {
            CHECK(after == Duration::max());
        }
    }
    Pacer never({Arrival::constant, 0, 0, {}}, Random(1, "p"));
    CHECK(never.next() == Duration::max());
}

TEST_CASE("zipf draws ranks with the frequencies of their definition") {
    for (const double exponent : {0.0, 0.5, 0.99, 1.0, 1.5, 3.0}) {
        for (const std::uint64_t ranks : {1ULL, 2ULL, 20ULL}) {
            const Zipf zipf(ranks, exponent);
            Random random(11, "z");
            double sum = 0;
            for (std::uint64_t k = 1; k <= ranks; ++k) {
                sum += std::pow(static_cast<double>(k), -exponent);
            }
            constexpr int draws = 40000;
            std::map<std::uint64_t, int> seen;
            for (int i = 0; i < draws; ++i) ++seen[zipf.draw(random)];
            CHECK(seen.rbegin()->first <= ranks);
            CHECK(seen.begin()->first >= 1);
            for (std::uint64_t k = 1; k <= ranks; ++k) {
                const double p = std::pow(static_cast<double>(k), -exponent) / sum;
                // Five standard deviations of a binomial count, and one for luck.
                const double margin = 5 * std::sqrt(draws * p * (1 - p)) + 1;
                CHECK(std::abs(seen[k] - draws * p) <= margin);
            }
        }
    }
}

TEST_CASE("a regular mix spaces the operations of each home and verb evenly") {
    MixSpec spec;
    spec.shares = {0.5, 0.3, 0.2};
    spec.writes = 0.25;
    spec.clients_per_home = 4;
    Mix mix(spec, Random(3, "m"));
    std::map<std::uint32_t, int> last, largest_gap;
    std::map<std::uint32_t, std::pair<int, int>> verbs;
    std::set<std::uint32_t> clients;
    for (int n = 0; n < 4000; ++n) {
        const Draft draft = mix.next();
        if (last.contains(draft.home)) {
            largest_gap[draft.home] = std::max(largest_gap[draft.home], n - last[draft.home]);
        }
        last[draft.home] = n;
        (draft.verb == Verb::write ? verbs[draft.home].first : verbs[draft.home].second) += 1;
        CHECK(draft.client.value / 4 == draft.home);
        clients.insert(draft.client.value);
    }
    CHECK(clients.size() == 12);
    // Twice the mean gap of 1 / share at the very most.
    CHECK(largest_gap[0] <= 4);
    CHECK(largest_gap[1] <= 7);
    CHECK(largest_gap[2] <= 10);
    CHECK(verbs[0] == std::pair(500, 1500));
    CHECK(verbs[1] == std::pair(300, 900));
    CHECK(verbs[2] == std::pair(200, 600));
}

TEST_CASE("without a key space every write has a key of its own and reads follow the writes") {
    MixSpec spec;
    spec.shares = {1};
    spec.offset = 1;
    spec.stride = 2;
    spec.first_fresh_key = 101;
    Mix mix(spec, Random(3, "m"));
    std::set<std::uint32_t> written;
    std::set<std::uint64_t> values;
    for (int n = 0; n < 20000; ++n) {
        const Draft draft = mix.next();
        if (draft.verb == Verb::write) {
            CHECK(written.insert(draft.key).second);
            CHECK(values.insert(draft.value).second);
            CHECK(draft.value == draft.key - 100);
        } else if (!written.empty()) {
            CHECK(written.contains(draft.key));
            CHECK(*written.rbegin() - draft.key < 2 * 1024);
        }
    }
    CHECK(!values.contains(0));
    CHECK(written.size() == 10000);
}

TEST_CASE("a mix is the same for a seed and differs between seeds") {
    MixSpec spec;
    spec.shares = {0.7, 0.3};
    spec.regular = false;
    spec.keys = {1000, 0.8};
    Mix one(spec, Random(5, "m"));
    Mix same(spec, Random(5, "m"));
    Mix other(spec, Random(6, "m"));
    int different = 0;
    int writes = 0;
    for (int n = 0; n < 10000; ++n) {
        const Draft draft = one.next();
        CHECK(draft == same.next());
        if (!(draft == other.next())) ++different;
        if (draft.verb == Verb::write) ++writes;
        CHECK(draft.key >= 1);
        CHECK(draft.key <= 1000);
    }
    CHECK(different > 9900);
    CHECK(std::abs(writes - 5000) < 250);  // five standard deviations of 50
}

TEST_CASE("latency buckets are contiguous and at most an eighth wide") {
    for (std::int64_t us = 1; us < 4'000'000; us += 1 + us / 50) {
        const Duration latency = std::chrono::microseconds(us);
        const std::size_t bucket = latency_bucket(latency);
        REQUIRE(bucket_end(bucket) >= latency);
        REQUIRE(latency_bucket(bucket_end(bucket)) == bucket);
        REQUIRE(latency_bucket(bucket_end(bucket) + 1us) != bucket);
        REQUIRE(seconds(bucket_end(bucket)) <= static_cast<double>(us) * 1e-6 * 1.125 + 1e-6);
    }
    CHECK(latency_bucket(std::chrono::hours(10)) == latency_buckets - 1);
}

TEST_CASE("a quantile covers the window between two tallies only") {
    Meter meter;
    const auto done = [&](Duration latency, Outcome outcome) {
        Operation operation;
        operation.completed = at(latency);
        operation.outcome = outcome;
        meter.count_due();
        meter.count_done(operation, 100ms);
    };
    for (int i = 0; i < 100; ++i) done(200ms, Outcome::ok);
    Tally before;
    meter.add_to(before);
    for (int i = 0; i < 99; ++i) done(1ms, Outcome::ok);
    done(50ms, Outcome::ok);
    done(1ms, Outcome::failed);
    Tally after;
    meter.add_to(after);
    CHECK(before.counters.good == 0);  // all were slower than the bound
    CHECK(after.counters.good == 100);
    CHECK(after.counters.bad == 101);
    CHECK(after.counters.due == 201);
    CHECK(quantile(before, after, 0.99) < 1200us);
    CHECK(quantile(before, after, 0.999) > 49ms);
    CHECK(quantile(after, after, 0.99) == Duration::zero());
}

TEST_CASE("the log keeps every operation in order across chunks") {
    OpLog log;
    constexpr std::uint64_t count = 40000;  // more than two chunks of 16384
    for (std::uint64_t i = 0; i < count; ++i) {
        Operation operation;
        operation.value = i;
        log.append(operation);
    }
    CHECK(log.size() == count);
    std::vector<Operation> all;
    log.move_to(all);
    REQUIRE(all.size() == count);
    for (std::uint64_t i = 0; i < count; ++i) REQUIRE(all[i].value == i);
    CHECK(log.size() == 0);
    log.append(Operation{});
    CHECK(log.size() == 1);
}

TEST_CASE("a key is settled when nothing acknowledged later in real time is missing") {
    const auto write = [](std::uint64_t value, int from, int to, Outcome outcome,
                          Cause cause = Cause::none) {
        Operation operation;
        operation.verb = Verb::write;
        operation.key = 1;
        operation.value = value;
        operation.client = ClientId(0);
        operation.invoked = at(std::chrono::milliseconds(from));
        operation.completed = at(std::chrono::milliseconds(to));
        operation.outcome = outcome;
        operation.cause = cause;
        return operation;
    };
    const std::vector<ClientInfo> clients{{RegionId(0), 0}};
    const std::vector<Operation> operations{
        write(1, 0, 10, Outcome::ok), write(2, 20, 40, Outcome::ok), write(3, 30, 50, Outcome::ok),
        write(4, 5, 15, Outcome::unknown), write(5, 60, 60, Outcome::failed, Cause::shed)};
    const Ledger ledger = make_ledger(operations, clients, 0);
    REQUIRE(ledger.size() == 1);
    const LedgerEntry& entry = ledger.at(1);
    CHECK(entry.writes.size() == 4);
    CHECK(!entry.is_settled(0));  // acknowledged writes are missing
    CHECK(!entry.is_settled(1));  // 1 ended before 3 began
    CHECK(entry.is_settled(2));   // 2 and 3 overlap, either may be last
    CHECK(entry.is_settled(3));
    CHECK(!entry.is_settled(4));  // given up before 3 began: nobody knows which came last
    CHECK(!entry.is_settled(9));
    CHECK(make_ledger(operations, clients, 1).empty());
    const std::vector<Operation> doubtful{write(4, 5, 15, Outcome::unknown)};
    CHECK(make_ledger(doubtful, clients, 0).at(1).is_settled(0));
}
