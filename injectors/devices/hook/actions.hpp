// Typed makers of the hook device's actions. Pure. An action carries all that is needed to perform
// it in another process: systems are launched, and their end is promised to the journal, with them.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/value.hpp"
#include "harness/ports/device.hpp"

#include <map>
#include <string>
#include <vector>

namespace gameday::devices::hook {

// Texts, or objects that the command sees as JSON. ${NAME} in them is expanded from our own
// environment when the action is performed, so that no secret stands in the journal.
using Environment = std::map<std::string, Value>;

inline constexpr Duration default_timeout = std::chrono::seconds(30);

// "hook run": runs the command to its end; any exit status but 0 is a failure. In argv and folder
// {run_dir} and {bin_dir} are expanded when it is performed; `env` comes beside our environment.
Action run(const std::vector<std::string>& argv, Duration timeout = default_timeout,
           const Environment& env = {}, const std::string& folder = {});

// "hook verify": runs the command again and again, until it exits with 0 (the fault has bitten) or
// the time is up.
Action verify(const std::vector<std::string>& argv, Duration timeout = default_timeout,
              const Environment& env = {}, const std::string& folder = {});

// The argv that has /bin/sh read `text`.
std::vector<std::string> shell(const std::string& text);

// What the makers were given.
struct Call {
    std::vector<std::string> argv;
    Duration timeout = default_timeout;
    Environment env;
    std::string folder;
    bool operator==(const Call&) const = default;
};
// Fails with `invalid` on an action of another making.
Result<Call> call_of(const Action& action);

}  // namespace gameday::devices::hook
