// JUnit for what never became a run: the file that a CI system waits for, red.
#pragma once

#include <string>
#include <vector>

namespace gameday::reporters {

struct NoRun {
    std::string scenario;    // name, or the file as it was given
    std::string started_at;  // UTC, "2026-01-02T03:04:05Z"
    int exit_code = 0;
    std::vector<std::string> errors;
};

// One suite with one case named "run", which is an error.
std::string junit_of(const NoRun& no_run);

}  // namespace gameday::reporters
