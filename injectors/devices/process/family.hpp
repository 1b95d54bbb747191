// A process and all that descend from it: many servers are a parent and its children, and a child
// that goes on alone answers clients as before.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "injectors/devices/process/sight.hpp"

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace gameday::devices::process {

struct Found {
    pid_t pid = 0;
    Sight sight;
    int generation = 0;  // of a family: 0 is its root
};
// Whether it is neither gone nor on its way. One that cannot be seen may be.
bool runs(const Found& found);
// What has the pid of an earlier look is that process by now, as far as that could be seen.
bool is_same(const Found& then, const Found& now);

// All that run now, parents before their children; empty when `root` does not run. `failed` where
// the kernel could not be asked: who is not seen is not nobody.
Result<std::vector<Found>> family_of(pid_t root);

// Whether we may signal all of them; `refused` when not, or when we are one of them.
Result<void> may_signal_all(const std::vector<Found>& family);

// Asks at once, then more and more seldom, every millisecond in the end, until `done()` or the time
// is up.
template <class Question>
bool wait_until(Duration patience, Question done) {
    constexpr std::chrono::microseconds shortest(30), longest(1000);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (auto pause = shortest; !done(); pause = std::min(2 * pause, longest)) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

// Each waits for what it did, at most `patience` for one process; `timed_out` after that. Signals
// go through a pidfd, after a look at the start time: a process that took over the pid is never
// hit. Who has ended is passed over.

// SIGSTOP for all, until no look finds another one: who stands still has no children any more. None
// is touched where one may not be. Adds to `stopped` whom it stopped, also when it fails; calls
// `before` with those that come next, and stops where that fails.
using BeforeStop = std::function<Result<void>(const std::vector<Found>&)>;
Result<void> stop_family(const Found& root, Duration patience, std::vector<Found>& stopped,
                         const BeforeStop& before);
// SIGKILL for each of them, the last one first: whoever dies in the middle of it leaves the
// parents.
Result<void> kill_all(const std::vector<Found>& family, Duration patience);
// SIGCONT for each of them.
Result<void> wake_all(const std::vector<Found>& family, Duration patience);

}  // namespace gameday::devices::process
