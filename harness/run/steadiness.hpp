// Steadiness: whether a system serves as the scenario demands, before the faults and after them.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/run/environment.hpp"
#include "harness/run/vigil.hpp"

#include <cstdint>
#include <string>

namespace gameday::run {

// What the load's counters say of one window.
struct Spell {
    Interval<Instant> window{};
    std::uint64_t done = 0, good = 0;

    [[nodiscard]] bool is_steady(const SteadyState& wanted) const;
    [[nodiscard]] double good_per_s() const;
    // "57.3 % of 120 operations were good in 3 s, wanted 99 %"; or that there were too few.
    [[nodiscard]] std::string text(const SteadyState& wanted) const;
};

// What was counted between two looks at the load.
struct Look {
    Instant at{};
    LoadCounters counters;
};
Look look_at(const Environment& environment);
Spell between(const Look& from, const Look& to);

// Waits for the first window of steady.window in which the system is steady, starting anew at each
// look (a tenth of the window, at most 200 ms), and gives it; its ends are looks. `refused` when
// patience is over, with what was seen last; else what ended the wait.
Result<Spell> await_steady_state(const Scenario& scenario, const Environment& environment,
                                 Vigil& vigil);

}  // namespace gameday::run
