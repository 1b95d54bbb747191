// Goodness: what a good operation is, for measures and judge alike.
//
// good: outcome ok and `completed − scheduled` within the latency bound of the minimum level (its
// default: the client timeout of the operation's load). served: the same counted from `invoked`. An
// operation that was served but is not good was late through the generator alone: that is the
// instrument's error and no evidence against the system.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <vector>

namespace gameday {

class Goodness {
 public:
    // Keeps a reference to `evidence`, which must outlive it.
    Goodness(const Scenario& scenario, const Evidence& evidence);

    [[nodiscard]] Duration bound(const Operation& operation) const;
    [[nodiscard]] bool good(const Operation& operation) const;
    [[nodiscard]] bool served(const Operation& operation) const;
    // Index of the load it belongs to; 0 when its client is not known.
    [[nodiscard]] std::uint16_t load(const Operation& operation) const;
    // Home region of its client; not known when the client is not.
    [[nodiscard]] RegionId region(const Operation& operation) const;

 private:
    const Evidence& evidence_;
    std::vector<Duration> bounds_;  // by load
};

// Whether measures look at it: steady and active operations, no warm-up and no final reads.
constexpr bool is_measured(const Operation& operation) {
    return operation.phase == Phase::steady || operation.phase == Phase::active;
}

}  // namespace gameday
