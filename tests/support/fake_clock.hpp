// A clock whose time passes only by sleeping, so that a long run takes no time and always goes the
// same way. What is to happen at an instant happens there (`at`), and so does a stop.
#pragma once

#include "harness/ports/clock.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace gameday::test {

class FakeClock final : public Clock {
 public:
    [[nodiscard]] Instant now() const override { return now_; }

    bool sleep_until(Instant then, const std::stop_token& stop) override {
        ++sleeps;
        if (on_sleep) on_sleep(sleeps);
        while (!due_.empty() && due_.begin()->first <= then && !stop.stop_requested()) {
            auto next = due_.extract(due_.begin());
            now_ = std::max(now_, next.key());
            next.mapped()();
        }
        if (!stop.stop_requested()) now_ = std::max(now_, then);
        return !stop.stop_requested();
    }

    // Something that takes a while has happened.
    void pass(Duration duration) { now_ += duration; }
    void at(Instant instant, std::function<void()> what) { due_.emplace(instant, std::move(what)); }

    int sleeps = 0;
    std::function<void(int)> on_sleep;  // called with the count of sleeps

 private:
    Instant now_{};
    std::multimap<Instant, std::function<void()>> due_;
};

}  // namespace gameday::test
