// Lead: how long before something is due a thread's timers are set, because an idle processor takes
// its time to wake up (0.1 ms and more on a virtual machine). Whoever wakes early goes round its
// event loop until the moment has come. Pure.
#pragma once

#include "harness/base/time.hpp"

#include <algorithm>
#include <chrono>

namespace gameday::devices::proxy {

class Lead {
 public:
    // At most so long, since a machine that has too much to do is late by more than waking up.
    static constexpr Duration most = std::chrono::microseconds(150);

    [[nodiscard]] Duration time() const { return time_; }
    // A timer has called so late. A busy thread is hardly ever late, and so goes round for nothing
    // hardly ever.
    void learn(Duration late) { time_ += (std::clamp(late, Duration{}, most) - time_) / 8; }

 private:
    Duration time_{};
};

}  // namespace gameday::devices::proxy
