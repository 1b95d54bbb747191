// What the program takes from its process: variables, its own place, the places of examples.
#pragma once

#include "harness/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gameday::app {

// The value of an environment variable, absent when not set. Control thread.
std::optional<std::string> environment(std::string_view name);

// The folder of our own executables (of /proc/self/exe).
std::string bin_dir();

// The folder of an example that can be launched by name: the first of $GAMEDAY_EXAMPLES/<name>,
// <bin>/../../../examples/<name> (a build folder), <bin>/../share/gameday/examples/<name> that has
// a launch.json. A name with a '/' is a path, relative to `beside`. `invalid` when there is none.
Result<std::string> example_folder(const std::string& name, const std::string& beside);

}  // namespace gameday::app
