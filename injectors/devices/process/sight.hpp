// What the kernel says about a process: /proc/PID/task/*/stat (proc(5)).
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace gameday::devices::process {

// A zombie is gone: it holds no socket and answers nobody. Dying: every thread left is on its way
// out of the kernel. Stopped: every living thread is. Unseen: we could not look, for want of
// descriptors or memory, and nothing is known.
enum class Life : std::uint8_t { gone, dying, stopped, alive, unseen };

struct Sight {
    Life life = Life::gone;
    std::uint64_t start = 0;  // clock ticks from boot to its start: tells it from a later namesake
    pid_t parent = 0;
    bool operator==(const Sight&) const = default;
};
Sight look(pid_t pid);

// The pid in the file. Fails with `failed` when there is no such file or it holds no pid.
Result<pid_t> read_pid_file(const std::string& path);

// Whether we may signal it; `refused` when not, and for pids 0 and 1, and ourselves.
Result<void> may_signal(pid_t pid);

// How long ago the process was started.
Duration age_of(const Sight& sight);

// Whether a process lives whose environment has this entry, "NAME=value". Those of other users that
// we may not look into do not count.
bool lives_with(const std::string& entry);

}  // namespace gameday::devices::process
