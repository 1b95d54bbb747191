// TimerLead: how long before something is due a thread's timers are set, because an idle processor
// takes its time to wake up (0.1 ms and more on a virtual machine). Whoever wakes early goes round
// its event loop until the moment has come. Pure.
#pragma once

#include "harness/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace gameday::devices::proxy {

class TimerLead {
 public:
    // At most so long, since a machine that has too much to do is late by more than waking up.
    static constexpr Duration most = std::chrono::microseconds(300);

    // Most wake-ups are no later: their mean, and their mean deviation from it as RFC 6298 takes it
    // for round trips.
    [[nodiscard]] Duration time() const { return std::min(mean_ + 2 * deviation_, most); }
    // A timer has called so late. A busy thread is hardly ever late, and so goes round for nothing
    // hardly ever.
    void learn(Duration late) {
        const Duration off = std::clamp(late, Duration{}, most) - mean_;
        mean_ += off / 8;
        deviation_ += (std::max(off, -off) - deviation_) / 4;
    }

 private:
    Duration mean_{}, deviation_{};
};

}  // namespace gameday::devices::proxy
