// Streams: the measured operations sorted into what outages are counted by: one load (service), one
// client region, one operation class, with the baseline of each.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/goodness.hpp"
#include "harness/model/scenario.hpp"

#include <compare>
#include <vector>

namespace gameday::measures {

struct StreamKey {
    std::uint16_t load = 0;
    RegionId region;  // of the clients
    Verb verb = Verb::read;
    auto operator<=>(const StreamKey&) const = default;
};

// Baseline: success rate, throughput and latency quantiles over the steady-state window before the
// first fault.
struct Baseline {
    std::uint64_t due = 0, good = 0;
    double rate_per_s = 0;  // good operations per second
    Duration p50{}, p99{};  // of good operations, completed − scheduled
    // Normal service time s*: an operation that is not answered for so long is affected. The 99.9 %
    // quantile of `completed − invoked` of good operations, but not above the larger of their 99 %
    // quantile and 2 ms, lest one hiccup widen every edge. The latency bound when fewer than 20.
    Duration service{};
};

// Pointers into the evidence, which must outlive it.
struct Stream {
    StreamKey key;
    std::vector<const Operation*> operations;  // steady and active, in order of `scheduled`
    Duration bound{};                          // latency bound of a good operation
    Duration spacing{};                        // mean time between arrivals; 0 when fewer than two
    Baseline baseline;
};

// In order of key; no empty stream.
std::vector<Stream> streams_of(const Evidence& evidence, const Scenario& scenario);

// The value at share q of the way through `sorted` (nearest rank, rounded up: never below
// the true quantile of the sample). Zero when empty.
Duration quantile(const std::vector<Duration>& sorted, double q);

Baseline baseline_of(const std::vector<const Operation*>& operations, const Goodness& goodness,
                     const Interval<Instant>& steady);

}  // namespace gameday::measures
