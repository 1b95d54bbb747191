// pidfd_open(2) and pidfd_send_signal(2). The header of glibc 2.36 declares them without C linkage,
// so that C++ cannot link them.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace gameday::devices {

// A descriptor of the process that closes at exec; -1 and errno on failure.
inline int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// 0, or -1 and errno: ESRCH when the process is gone.
inline int pidfd_send_signal(int process, int number) {
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, process, number, nullptr, 0));
}

}  // namespace gameday::devices
