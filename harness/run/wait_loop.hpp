// WaitLoop: how a run waits, for an instant or for a device. It looks five times a second, shows
// progress, keeps the RTO clock of the live line, and ends the wait early when a stop is asked for
// or a stop condition holds.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/run/environment.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::run {

class WaitLoop {
 public:
    // Both outlive the wait_loop.
    WaitLoop(const Scenario& scenario, const Environment& environment);

    // A part of the run begins: its name for the live line, and when the whole run should end. The
    // text must outlive the wait_loop.
    void enter(std::string_view phase, Instant end);
    // From here on the load is running, and its figures are shown.
    void load_runs(bool runs) { load_runs_ = runs; }
    // From here on the stop conditions count and the RTO clock runs.
    void faults_begin() { armed_ = true; }

    // Waits until then. Fails with `interrupted` when a stop was asked for, at once and also when
    // the instant has passed; with `failed` when a stop condition held for its length.
    Result<void> wait_until(Instant then);

    // Performs what may block on a thread of its own, waits for its end, and goes on looking. What
    // would end a wait calls `interrupt`, at each look until the call ends, and is what the next
    // wait_until fails with. Whatever the call touches, `on_look` must not.
    void during(const std::function<void()>& call, const std::function<void()>& interrupt = {});

    // What would end the next wait; empty: nothing.
    [[nodiscard]] const Result<void>& ended() const { return ended_; }

    std::vector<std::string> in_force;  // names of faults, for the live line
    // Called at each look while the load runs.
    std::function<void(Instant now, const LoadStatus& load)> on_look;

 private:
    Result<void> look(Instant now);
    Result<void> check_stop_conditions(Instant now, const LoadStatus& load);
    [[nodiscard]] bool is_below_minimum(const LoadStatus& load) const;

    const Scenario& scenario_;
    const Environment& environment_;
    std::string_view phase_;
    Instant end_{};
    Instant next_look_{};
    bool load_runs_ = false;
    bool armed_ = false;
    Result<void> ended_;
    std::optional<Instant> below_since_;
    std::vector<std::optional<Instant>> held_since_;  // index = stop condition
};

}  // namespace gameday::run
