// Clock: the run's own time. Stop: someone asked the run to end. Progress: who watches it.
#pragma once

#include "harness/base/time.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

class Clock {
 public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;  // any thread
    // Sleeps until then; returns false at once when a stop is asked for. Control thread.
    virtual bool sleep_until(Instant then, const std::stop_token& stop) = 0;
};

// The system's steady clock, zero when constructed.
class SteadyClock final : public Clock {
 public:
    SteadyClock() : begin_(std::chrono::steady_clock::now()) {}
    [[nodiscard]] Instant now() const override {
        return Instant(std::chrono::steady_clock::now() - begin_);
    }
    // Any instant as a time point of std::chrono::steady_clock, for timers.
    [[nodiscard]] std::chrono::steady_clock::time_point when(Instant instant) const {
        return begin_ + instant.time_since_epoch();
    }
    bool sleep_until(Instant then, const std::stop_token& stop) override;

 private:
    std::chrono::steady_clock::time_point begin_;
};

// What the run tells while it lasts. Control thread.
class Progress {
 public:
    virtual ~Progress() = default;
    // A sentence of note: "steady state reached", "inject region_outage on us-east".
    virtual void event(Instant at, std::string_view text) = 0;
    // Called about five times a second while a run waits.
    struct Status {
        Instant now{}, end{};               // end: planned
        std::string_view phase;             // "launch", "steady", "faults", "settle", "read back"
        std::vector<std::string> in_force;  // names of faults
        double op_per_s = 0, success = 1, p99_s = 0;  // over the last second
        bool below_minimum = false;
        Duration below_for{};  // the RTO clock while below the minimum level
    };
    virtual void status(const Status& status) = 0;
};

}  // namespace gameday
