// Processes: finding and ending those of one run directory, by what /proc says of them. A pid file
// may be stale or missing; the command line of a process cannot be.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"

#include <filesystem>
#include <vector>

#include <sys/types.h>

namespace gameday::regions {

// Processes of this program, other than the caller, that are nodes with a configuration in
// `folder`, or that bring nodes up there.
std::vector<pid_t> processes_of(const std::filesystem::path& folder);

// Kills (SIGKILL, which ends stopped processes too) until two looks in a row, 50 ms apart, find
// none. Fails with `timed_out` when some are still there after `patience`.
Result<void> end_processes_of(const std::filesystem::path& folder, Duration patience);

}  // namespace gameday::regions
