// Prone: when an acknowledged write may have been lost without a trace, because what acknowledged
// it may have gone before anybody else had it.
#pragma once

#include "harness/view/lag.hpp"

#include <vector>

namespace gameday::view {

// The least that a write is taken to need to reach another node.
inline constexpr Duration lag_least = std::chrono::seconds(1);

// How old a write may be, when a fault comes into force or the office changes, and be on one node
// only: the largest lag until then, seen or not, and at least a second. Unseen::any for any age.
Duration lag_before(const Lag& lag, Instant when);

// The first moment of which what was acknowledged may be so old at `event`.
Instant prone_since(Instant event, Duration lag);

// Changes of office and faults coming into force, each with the stretch before it in which a write
// may have been on one node only.
class Prone {
 public:
    // Where no lag was sampled it was not seen: what was not read may be on one node for ever.
    Prone(const Evidence& evidence, const std::vector<Interval<Instant>>& changes_of_office,
          const Lag& lag);

    // The first event that was not certainly over at that instant; as many as there are for none.
    [[nodiscard]] std::size_t next(Instant acknowledged) const;
    // Start of the event of that number; the end of time for none.
    [[nodiscard]] Instant start(std::size_t event) const;
    // Whether a write acknowledged then may have been lost in an event to come.
    [[nodiscard]] bool covers(Instant acknowledged) const;

 private:
    struct Event {
        Interval<Instant> at;
        Instant from{};  // of the stretch; the least of it and of all that follow
    };
    std::vector<Event> events_;  // in order of at.high
};

}  // namespace gameday::view
