#include "harness/ports/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace gameday {

bool SteadyClock::sleep_until(Instant then, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wakeup;
    std::unique_lock lock(mutex);
    wakeup.wait_until(lock, stop, when(then), [] { return false; });
    return !stop.stop_requested();
}

}  // namespace gameday
