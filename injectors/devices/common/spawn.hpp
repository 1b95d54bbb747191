// The few system calls between fork and exec, and the descriptors around them.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"
#include "injectors/devices/common/command.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace gameday::devices {

struct Pipe {
    Descriptor read, write;  // both close at exec
};
Result<Pipe> make_pipe();

// What `what` failed with, as errno tells: "open /x/hooks.log: Permission denied".
Error system_error(const std::string& what, int number);

// A command ready for exec: nothing is allocated between fork and exec.
struct Prepared {
    std::string program, folder;
    std::vector<std::string> argv, env;
    std::vector<char*> argv_pointers, env_pointers;  // into the above, null at the end

    Prepared() = default;
    Prepared(Prepared&&) = default;
    Prepared& operator=(Prepared&&) = default;
};
Result<Prepared> prepare(const Command& command, const Surroundings& around);

struct Streams {
    int out = -1, err = -1;
    int trouble = -1;            // told errno when exec fails; closes at exec
    pid_t dies_with_parent = 0;  // our own pid: SIGKILL when the parent thread ends; 0 = no
};
// Becomes the program, in a new session. Called in a forked child; async-signal-safe.
[[noreturn]] void become(const Prepared& prepared, const Streams& streams);

// Waits until exec has happened; fails with what exec failed with.
Result<void> await_exec(Pipe& trouble, const Prepared& prepared);

}  // namespace gameday::devices
