// What is left of a `run` that came to nothing: a junit.xml with an error, for the CI system that
// waits for one.
#pragma once

#include "harness/app/options.hpp"
#include "harness/base/result.hpp"

#include <string>
#include <vector>

namespace gameday::app {

// Prints errors and gives the exit code, as `complain` does. Where there is a run directory, or
// --out was given and one can be made, it leaves a junit.xml there.
int give_up(const Options& options, const std::vector<Error>& errors,
            const std::string& run_dir = {});

// The same for a command line that could not be read, whose errors were printed already.
void leave_usage_error(const std::string& out, const std::string& text);

}  // namespace gameday::app
