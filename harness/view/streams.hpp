// Streams: the measured operations sorted into what levels are judged by: one load (service), one
// client region, one cohort of its clients, one operation class; with the baseline of each and the
// spans below its level.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/goodness.hpp"
#include "harness/model/scenario.hpp"
#include "harness/view/spans.hpp"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace gameday::view {

struct StreamKey {
    std::uint16_t load = 0;
    RegionId region;           // of the clients
    std::uint16_t cohort = 0;  // of the load
    Verb verb = Verb::read;
    auto operator<=>(const StreamKey&) const = default;
};

// Success rate, throughput and latency quantiles over the steady-state window.
struct Baseline {
    std::uint64_t due = 0, good = 0;
    double rate_per_s = 0;  // good operations per second
    Duration p50{}, p99{};  // of good operations, completed − scheduled
    // Normal service time: the 99.9 % quantile of `completed − invoked` of good operations, but not
    // above the larger of their 99 % quantile and 10 ms, lest one hiccup widen every edge; the
    // latency bound when fewer than 20 were good.
    Duration service{};
};

// How many operations of a window were due and good; `at_best`: were those that the instrument
// spoiled good as well.
struct Tally {
    std::uint64_t due = 0, good = 0, at_best = 0;
};

// Pointers into the evidence, which must outlive it.
struct Stream {
    StreamKey key;
    std::string behaviour;                     // of the clients; "" where all of the load are alike
    std::vector<const Operation*> operations;  // steady and active, in order of `scheduled`
    std::vector<bool> good;                    // by operation
    Duration bound{};                          // latency bound of a good operation
    Duration spacing{};                        // mean time between arrivals; 0 when fewer than two
    Duration gap{};                            // largest time between arrivals of the active phase
    // The longest outage that may have gone without a span: it can lie between so many arrivals
    // that what it hits of them is forgiven.
    Duration unseen{};
    std::size_t window = 0;  // N: least operations of a window, see LevelRule
    Baseline baseline;
    Tally steady, active;
    // Both readings of what the instrument spoiled: as bad, and as good. The truth lies between;
    // the second is there only where something was spoiled.
    std::vector<Span> spans;
    std::optional<std::vector<Span>> spans_at_best;
    // Steady at the end: the last steady window of the load, but not before the last heal plus the
    // longest client timeout. Without operations there: nothing.
    std::optional<Tally> after;
    // Why the level can not be told, "" when it can: fewer than N operations were due in the steady
    // window or after the last heal.
    std::string thin;

    // "writes of us-east", with the load's name where there are several, and with the behaviour of
    // the clients where that differs.
    [[nodiscard]] std::string name(const Scenario& scenario) const;
};

// In order of key; no empty stream. O(n log n), and O(n) when operations are in order already.
std::vector<Stream> streams_of(const Scenario& scenario, const Evidence& evidence,
                               const Goodness& goodness);

// The value at share q of the way through `sorted` (nearest rank, rounded up: never below the true
// quantile of the sample). Zero when empty.
Duration quantile(const std::vector<Duration>& sorted, double q);

// The same by selection, for those who need one quantile only; `values` changes its order.
Duration select_quantile(std::vector<Duration>& values, double q);

}  // namespace gameday::view
