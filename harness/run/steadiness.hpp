// Steadiness: whether a system serves as the scenario demands before the faults, each stream on
// its own, counted by when operations were due. What it is like after them the judge tells.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/run/environment.hpp"
#include "harness/run/wait_loop.hpp"

#include <string>
#include <vector>

namespace gameday::run {

// What the load counted of the operations that were due in one window.
struct SteadyWindow {
    Interval<Instant> window{};
    std::vector<StreamCount> streams;

    // All that were due have ended, or what is missing cannot change the answer.
    [[nodiscard]] bool is_decided(const SteadyState& wanted) const;
    [[nodiscard]] bool is_steady(const SteadyState& wanted) const;
    [[nodiscard]] double good_per_s() const;
    // "load main, reads of clients in us-east: 57.3 % of 120 operations were good in 3 s, wanted
    // 99 %; most of the others: timed_out (40)"; of the worst stream, or that there were too few.
    [[nodiscard]] std::string text(const Scenario& scenario) const;
};

// Waits for a window of steady.window in which every stream is steady, and, where a ledger is kept,
// for what is written to be read as the scenario says; gives the newest such window. Windows are
// whole numbers of slices since `begin`, when the load began. `refused` when patience is over, with
// what was seen last, or when it cannot be read; else what ended the wait.
Result<SteadyWindow> await_steady_state(const Scenario& scenario, const Environment& environment,
                                        WaitLoop& wait_loop, Instant begin);

}  // namespace gameday::run
