// Starting programs from a harness with many threads and open sockets: what the hook and process
// devices, and the launching of systems, share.
//
// No program inherits anything but /dev/null as stdin and a log (or pipe) as output: all other
// descriptors close at exec, signals have their default action, and it leads a session of its own,
// so that neither ^C nor a closing terminal reaches it. Needs Linux 5.11.
#pragma once

#include "harness/base/descriptor.hpp"
#include "harness/base/result.hpp"
#include "harness/base/time.hpp"

#include <sys/types.h>

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices {

// Where commands run: what {run_dir} and {bin_dir} stand for.
struct Surroundings {
    std::string run_dir;  // "" when there is none
    std::string bin_dir;  // the folder of our own executable
};

// With bin_dir from /proc/self/exe.
Surroundings surroundings(std::string run_dir);

// The text with {run_dir} and {bin_dir} replaced. Fails with `invalid` when the text holds
// {run_dir} and there is none.
Result<std::string> expand(std::string_view text, const Surroundings& around);

struct Command {
    std::vector<std::string> argv;  // all expanded; argv[0] without '/': bin_dir, then PATH
    std::map<std::string, std::string> env;  // beside our own environment; values as they are
    std::string folder;                      // where it runs, expanded; "": where we are
};

// `command` as people would type it, for messages.
std::string command_text(const std::vector<std::string>& argv);

// `unsupported` when the kernel lacks pidfd_open or close_range.
Result<void> kernel_starts_programs();

struct RunOptions {
    Duration timeout = std::chrono::seconds(30);
    std::string log;         // file in run_dir that both outputs are added to; "" = none
    bool capture = false;    // stdout is returned (at most 16 MiB) instead of logged
    std::stop_token stop{};  // asked for: the program is killed
};

// Runs to the end; returns the captured stdout, else "". GAMEDAY_RUN_DIR and GAMEDAY_BIN_DIR are
// always set. The program dies (SIGKILL) with the calling thread. Fails with `failed` (exit status
// other than 0, with the tail of what it printed; or it cannot be executed), `timed_out` or
// `interrupted`: then its whole process group has been killed. What it left running in the
// background stays.
Result<std::string> run_command(const Command& command, const Surroundings& around,
                                const RunOptions& options);

// Whether the command could be run: its program and its folder are there, and may be used.
// `refused` with what is not.
Result<void> can_be_run(const Command& command, const Surroundings& around);

// A program that outlives us. While this object stands its exit can be seen; dropping the object
// leaves the program to init.
class Detached {
 public:
    Detached(Detached&& other) noexcept;
    Detached& operator=(Detached&&) = delete;
    ~Detached();

    // Its wait status (see waitpid(2)) once it has ended.
    std::optional<int> ended();
    // The last lines that it printed.
    [[nodiscard]] std::string tail() const;

 private:
    friend Result<Detached> start_detached(const Command&, const Surroundings&,
                                           const std::string& log);
    Detached() = default;
    pid_t keeper_ = -1;  // our child, its parent
    Descriptor leave_;   // closing it sends the keeper away
    Descriptor status_;  // the keeper tells the wait status here
    Descriptor log_;
    off_t log_begin_ = 0;
    std::optional<int> ended_;
};

// Starts it with its output added to the file `log` in run_dir, or thrown away without a run_dir.
// Fails with `failed` when it cannot be executed.
Result<Detached> start_detached(const Command& command, const Surroundings& around,
                                const std::string& log);

// "exited with status 3" or "was killed by signal 9".
std::string describe_status(int wait_status);

}  // namespace gameday::devices
