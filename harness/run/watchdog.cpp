#include "harness/run/watchdog.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <fstream>

#include <time.h>

namespace gameday::run {

namespace {

constexpr Duration look_step = std::chrono::milliseconds(50);
constexpr Duration late = std::chrono::milliseconds(250);
constexpr Duration very_late = std::chrono::seconds(1);
constexpr Duration stepped = std::chrono::milliseconds(250);
constexpr Duration slept = std::chrono::milliseconds(50);

Duration read_clock(clockid_t id) {
    timespec now{};
    ::clock_gettime(id, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// The second number of schedstat: nanoseconds of waiting on a run queue.
std::optional<Duration> waited_for_processor() {
    std::ifstream file("/proc/thread-self/schedstat");
    std::int64_t ran = 0;
    std::int64_t waited = 0;
    if (!(file >> ran >> waited)) return std::nullopt;
    return Duration(waited);
}

ClockLook look(const SteadyClock& clock) {
    ClockLook seen;
    seen.at = clock.now();
    const Duration monotonic = read_clock(CLOCK_MONOTONIC);
    seen.boot_ahead = read_clock(CLOCK_BOOTTIME) - monotonic;
    seen.real_ahead = read_clock(CLOCK_REALTIME) - monotonic;
    seen.waited = waited_for_processor();
    return seen;
}

Duration distance(Duration a, Duration b) { return a < b ? b - a : a - b; }

}  // namespace

bool was_suspended(const ClockLook& before, const ClockLook& after, Duration step) {
    if (after.boot_ahead - before.boot_ahead > slept) return true;
    if (distance(after.real_ahead, before.real_ahead) >= stepped) return true;
    const Duration lateness = after.at - before.at - step;
    if (lateness >= very_late) return true;
    if (lateness < late) return false;
    // Busy: at least half of it was spent waiting for a processor.
    const bool tells = before.waited && after.waited;
    return !tells || 2 * (*after.waited - *before.waited) < lateness;
}

Watchdog::Watchdog(const SteadyClock& clock)
    : clock_(clock), thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::vector<Interval<Instant>> Watchdog::suspended() const {
    const std::scoped_lock lock(mutex_);
    return suspended_;
}

void Watchdog::run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    ClockLook before = look(clock_);
    while (!stop.stop_requested()) {
        wake.wait_until(lock, stop, clock_.when(before.at + look_step), [] { return false; });
        const ClockLook now = look(clock_);
        if (was_suspended(before, now, look_step)) {
            const std::scoped_lock writing(mutex_);
            if (!suspended_.empty() && suspended_.back().high >= before.at) {
                suspended_.back().high = now.at;
            } else {
                suspended_.push_back({before.at, now.at});
            }
        }
        before = now;
    }
}

}  // namespace gameday::run
