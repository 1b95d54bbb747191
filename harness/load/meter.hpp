// Meter: what a shard counts while it runs, read from another thread; Tally: a sum of such counts,
// so that two of them differ to a window.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/evidence.hpp"
#include "harness/ports/engine.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gameday::load {

// Latencies by powers of two from 1 us, eight buckets to each: 9 % relative error.
inline constexpr std::size_t latency_buckets = 28 * 8;
std::size_t latency_bucket(Duration latency);
Duration bucket_end(std::size_t bucket);  // the longest latency that is counted there

struct Tally {
    LoadCounters counters;
    std::array<std::uint64_t, latency_buckets> latencies{};  // of operations that were ok
};

// The least latency that at least the share `q` of those counted between the two does not exceed;
// zero when there are none.
Duration quantile(const Tally& before, const Tally& after, double q);

// Whether it counts as good.
inline bool is_good(const Operation& operation, Duration latency_max) {
    return operation.outcome == Outcome::ok && operation.latency() <= latency_max;
}

// One writer, any number of readers; readers may see an operation's counts partly.
class Meter {
 public:
    void count_due() { add(due_); }
    void count_done(const Operation& operation, Duration latency_max);
    void add_to(Tally& tally) const;

 private:
    using Counter = std::atomic<std::uint64_t>;
    static void add(Counter& counter) {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    Counter due_{0}, done_{0}, good_{0}, bad_{0};
    std::array<Counter, latency_buckets> latencies_{};
};

}  // namespace gameday::load
