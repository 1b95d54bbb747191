// Watchdog: notices when the instrument itself did not run. It looks at three clocks every 50 ms,
// from a thread of its own.
//
// Suspended, from the last look before to the first after, is
//   - a look that comes 250 ms late or more, of which the kernel says that the thread was not even
//     waiting for a processor (/proc/thread-self/schedstat): it was stopped (SIGSTOP, a debugger, a
//     frozen group), or the whole machine was;
//   - a look that comes a second late or more, whatever held it up. A machine that is merely busy
//     delays threads for less; below a second that is lateness, which each operation tells itself;
//   - CLOCK_BOOTTIME gaining on CLOCK_MONOTONIC: the machine slept;
//   - CLOCK_REALTIME stepped by 250 ms or more against CLOCK_MONOTONIC: a virtual machine that was
//     paused and is told the time, or a clock that was set, of which versions may have been made.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/ports/clock.hpp"

#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace gameday::run {

// What one look finds.
struct ClockLook {
    Instant at{};
    Duration boot_ahead{};             // CLOCK_BOOTTIME − CLOCK_MONOTONIC
    Duration real_ahead{};             // CLOCK_REALTIME − CLOCK_MONOTONIC
    std::optional<Duration> waited{};  // for a processor, so far; absent: the kernel does not tell
};

// Whether the instrument was suspended between two looks, the second of which was meant to come
// `step` after the first. Pure.
bool was_suspended(const ClockLook& before, const ClockLook& after, Duration step);

class Watchdog {
 public:
    // Begins to look. The clock outlives it.
    explicit Watchdog(const SteadyClock& clock);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // So far, in order; those that touch are one.
    [[nodiscard]] std::vector<Interval<Instant>> suspended() const;

 private:
    void run(const std::stop_token& stop);

    const SteadyClock& clock_;
    mutable std::mutex mutex_;
    std::vector<Interval<Instant>> suspended_;
    std::jthread thread_;
};

}  // namespace gameday::run
