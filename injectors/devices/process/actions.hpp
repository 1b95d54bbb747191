// Typed makers of the process device's actions. Pure; fault kinds include this and nothing else of
// the device. An action carries all that is needed to perform it in another process.
#pragma once

#include "harness/base/time.hpp"
#include "harness/ports/device.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace gameday::devices::process {

// The process of a node: found by the pid file if there is one, else by the pid.
struct Target {
    std::string node;      // for messages
    std::string pid_file;  // {run_dir} and {bin_dir} are expanded when it is read
    std::int64_t pid = 0;  // 0: not given
    bool operator==(const Target&) const = default;
};

struct Restart {
    std::vector<std::string> argv;  // empty: something else restarts it; wait until it has
    std::string folder;             // where the command runs; "": where gameday runs
    Duration timeout = std::chrono::seconds(20);  // until the process is alive
    bool operator==(const Restart&) const = default;
};

// "process kill": SIGKILL; in force once the process is gone.
Action kill(const Target& target);
// "process stop": SIGSTOP; in force once every thread has stopped.
Action stop(const Target& target);
// "process cont": heals stop; fine when the process runs or is gone.
Action cont(const Target& target);
// "process restart": heals kill; runs the command unless the process is alive, and waits for it.
Action restart(const Target& target, const Restart& how);

// What the makers were given. Fail with `invalid` on an action of another making.
Result<Target> target_of(const Action& action);
Result<Restart> restart_of(const Action& action);

}  // namespace gameday::devices::process
