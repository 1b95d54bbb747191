#include "harness/load/meter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace gameday::load {
namespace {

constexpr std::uint64_t steps = 8;  // buckets to a power of two

}  // namespace

// A latency of x us with 2^p ≤ x < 2^(p+1) is in bucket 8p + floor(8·(x / 2^p − 1)).
std::size_t latency_bucket(Duration latency) {
    const auto us = static_cast<std::uint64_t>(std::max<Duration::rep>(1, latency.count() / 1000));
    const auto power = static_cast<std::uint64_t>(std::bit_width(us) - 1);
    const std::uint64_t step = ((us << 3U) >> power) - steps;
    return std::min<std::size_t>(power * steps + step, latency_buckets - 1);
}

Duration bucket_end(std::size_t bucket) {
    const std::uint64_t power = bucket / steps;
    const std::uint64_t step = bucket % steps;
    const std::uint64_t end_us = (((step + steps + 1) << power) + steps - 1) / steps;
    return std::chrono::microseconds(end_us) - Duration(1);
}

Duration quantile(const Tally& before, const Tally& after, double q) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < latency_buckets; ++i) {
        total += after.latencies[i] - before.latencies[i];
    }
    if (total == 0) return Duration::zero();
    const double wanted = std::ceil(q * static_cast<double>(total));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < latency_buckets; ++i) {
        seen += after.latencies[i] - before.latencies[i];
        if (static_cast<double>(seen) >= wanted) return bucket_end(i);
    }
    return bucket_end(latency_buckets - 1);
}

void Meter::count_done(const Operation& operation, Duration latency_max) {
    add(is_good(operation, latency_max) ? good_ : bad_);
    if (operation.outcome == Outcome::ok) add(latencies_[latency_bucket(operation.latency())]);
    add(done_);
}

void Meter::add_to(Tally& tally) const {
    tally.counters.done += done_.load(std::memory_order_relaxed);
    tally.counters.good += good_.load(std::memory_order_relaxed);
    tally.counters.bad += bad_.load(std::memory_order_relaxed);
    tally.counters.due += due_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < latency_buckets; ++i) {
        tally.latencies[i] += latencies_[i].load(std::memory_order_relaxed);
    }
}

}  // namespace gameday::load
