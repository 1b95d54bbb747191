// Who a process is beyond its pid, which is given away again: its pid and when it was started, as
// /proc/PID/stat tells it. For those who ask later whether that very process still lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gameday::store {

struct ProcessIdentity {
    std::int64_t pid = 0;       // 0: not known
    std::int64_t started = 0;   // clock ticks since the machine's boot, proc(5)
    std::string pid_namespace;  // in which the pid means this process: "pid:[4026531836]"
    bool operator==(const ProcessIdentity&) const = default;
};

// This process. Not known where /proc does not show it under its own pid.
ProcessIdentity own_identity();

// False: it has ended (a zombie has), or its pid is another's by now. Absent: it cannot be told
// from here, because it is not known or its pid belongs to another namespace.
std::optional<bool> is_living(const ProcessIdentity& process);

}  // namespace gameday::store
