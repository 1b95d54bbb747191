// The commands of the program, one function each. All print to stdout what was asked for, to stderr
// what went wrong, and return the exit code. Control thread.
#pragma once

#include "harness/app/options.hpp"
#include "harness/base/result.hpp"

#include <vector>

namespace gameday::app {

int command_run(const Options& options);
int command_plan(const Options& options);
int command_judge(const Options& options);
int command_show(const Options& options);
int command_report(const Options& options);
int command_recover(const Options& options);
int command_list(const Options& options);
int command_doctor(const Options& options);
int command_proxy(const Options& options);
int command_version(const Options& options);

// What `gameday proxy` does with any verb but serve.
int call_proxy(const ProxyOptions& options);

// Prints errors to stderr, one a line; returns 64 for wrong input, 4 for what this machine or the
// moment does not allow.
int complain(const std::vector<Error>& errors);

}  // namespace gameday::app
