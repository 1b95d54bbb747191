// Scenario text to Scenario: the only reader of scenario files. Pure: the environment and the
// description of a launched system are passed in as functions.
//
// All errors of a file are reported at once, each as "file: /json/pointer: what was seen, what to
// write instead". scenarios/FORMAT.md is the reference of the format.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/scenario.hpp"
#include "harness/model/value.hpp"
#include "harness/ports/catalog.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::scenario {

struct ParseOptions {
    std::string name;               // of the file, for messages
    std::vector<std::string> sets;  // "load.0.rate_per_s=500", applied in order
    std::optional<std::uint64_t> seed;
    double time_scale = 1;  // > 0; multiplies every duration that the file declares
    // False leaves ${NAME} in free texts (commands, headers, bodies) as it stands: enough to judge
    // and to print a plan, and no secret is shown. Names, times and endpoints are always expanded.
    bool expand_environment = true;
    // The value of an environment variable; absent: the variable is not set.
    std::function<std::optional<std::string>(std::string_view)> environment;
    // What `system.launch` stands for: {"regions", "links", "load", "probes", "launch": {"folder",
    // "up", "down", "timeout"}}. `system` has ${NAME} expanded and durations scaled.
    std::function<Result<Value>(const std::string& launch_name, const Params& system)> describe;
    const Catalog* catalog = nullptr;  // required
};

struct Parsed {
    Scenario scenario;
    // The file with sets, seed and time scale applied and the described system put in, under
    // "$time_scale" and "$described". Parsed again it gives the same scenario without a launch.
    // ${NAME} in free texts is left as written, so no secret is saved.
    Value tree;
    // Pointers of all keys that the reader looked for, list positions as "*": "/load/*/timeout".
    std::set<std::string> keys;
};

struct ParseResult {
    std::optional<Parsed> parsed;  // present when there are no errors
    std::vector<Error> errors;     // all of code `invalid`, except what `describe` failed with
};

ParseResult parse(std::string_view text, const ParseOptions& options);

}  // namespace gameday::scenario
