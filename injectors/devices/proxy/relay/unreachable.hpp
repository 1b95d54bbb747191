// Unreachable: what is said aloud of a target that cannot be reached. Each reason is said once, and
// again when the target has been reached meanwhile; never more than a line a second. Any thread.
#pragma once

#include "harness/base/time.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace gameday::devices::proxy {

class Unreachable {
 public:
    // Must not wait for anything. None: nothing is said.
    using Say = std::function<void(const std::string& why)>;
    void tell(Say say) { say_ = std::move(say); }  // before any connection

    void failed(const std::string& why, Instant now) {
        if (!say_) return;
        const std::lock_guard lock(mutex_);
        const bool same = why == said_;
        const auto least = same ? again_after : std::chrono::seconds(1);
        if ((same && !reached_) || (said_at_ && now - *said_at_ < least)) return;
        said_ = why;
        said_at_ = now;
        reached_ = false;
        say_(why);
    }
    void reached() {
        if (!reached_) reached_ = true;  // Mostly only read, by every thread.
    }

 private:
    static constexpr std::chrono::seconds again_after{10};  // of a target that comes and goes
    Say say_;
    std::mutex mutex_;
    std::string said_;
    std::optional<Instant> said_at_;
    std::atomic<bool> reached_{true};
};

}  // namespace gameday::devices::proxy
