// Goodness: what a good operation is, for all who look at evidence.
//
// good: outcome ok (which includes the declared success condition: the driver sees to it) and
// `completed − scheduled` within the latency bound of the minimum level (its default: the client
// timeout of the operation's load).
//
// spoiled: not good, and the instrument is to blame or may be: it was served within the bound
// counted from `invoked`, so it was late by the generator alone; or it was under way while the
// instrument was suspended, or as long again after that (all that was due meanwhile is then issued
// at once). Such an operation is no evidence against the system, nor for it: see view/streams.hpp.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <vector>

namespace gameday {

// Refers to the evidence, which must outlive it.
class Goodness {
 public:
    Goodness(const Scenario& scenario, const Evidence& evidence);

    // Latency bound of a good operation.
    [[nodiscard]] Duration bound(const Operation& operation) const;
    [[nodiscard]] bool good(const Operation& operation) const;
    [[nodiscard]] bool served(const Operation& operation) const;  // good, counted from `invoked`
    [[nodiscard]] bool spoiled(const Operation& operation) const;
    // Index of the load it belongs to; 0 when its client is not known.
    [[nodiscard]] std::uint16_t load(const Operation& operation) const;
    // Index of the cohort of its client; 0 when the client is not known.
    [[nodiscard]] std::uint16_t cohort(const Operation& operation) const;
    // Home region of its client; not known when the client is not.
    [[nodiscard]] RegionId region(const Operation& operation) const;

 private:
    const Evidence& evidence_;
    std::vector<Duration> bounds_;              // by load
    std::vector<Interval<Instant>> suspended_;  // each with as much again behind it
};

// Whether measures look at it: steady and active operations, no warm-up and no final reads.
constexpr bool is_measured(const Operation& operation) {
    return operation.phase == Phase::steady || operation.phase == Phase::active;
}

// A write that is known to have taken effect.
constexpr bool is_acknowledged(const Operation& operation) {
    return operation.verb == Verb::write && operation.outcome == Outcome::ok;
}

}  // namespace gameday
