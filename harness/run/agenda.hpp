// Agenda: when the steps of a run are due. A fault's length counts from the moment it was in force,
// not from when its injection was begun, so a slow inject moves its heal. Pure.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/scenario/schedule.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace gameday::run {

class Agenda {
 public:
    // `steps` as scenario::schedule gives them.
    Agenda(const Scenario& scenario, const std::vector<scenario::Step>& steps);

    // The next step to do, with `at` when it is due now; absent: all are done. A pulse of a wave is
    // not injected before the one before it was healed.
    [[nodiscard]] std::optional<scenario::Step> next() const;
    // That step, the one that next() gave, was done, and it was over then (since the end of the
    // steady window).
    void done(const scenario::Step& step, Duration over);
    // When what that step injected is to be healed, as far as is known.
    [[nodiscard]] Duration heal_of(const scenario::Step& inject) const;

 private:
    // The steps of one fault, in their order: its pulses do not overlap.
    struct Line {
        bool has_length = false;  // without, a fault lasts until the end of the run
        std::deque<scenario::Step> steps;
    };
    std::vector<Line> lines_;  // by the place of the fault in the scenario
};

}  // namespace gameday::run
