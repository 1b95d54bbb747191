// What the program takes from its process: variables, its own place, the places of what is shipped
// with it.
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
// <bin>/../share/gameday/examples/<name>, <bin>/../../../examples/<name> (a build folder) that has
// a launch.json. A name with a '/' is a path, relative to `beside`. `invalid` when there is none.
Result<std::string> example_folder(const std::string& name, const std::string& beside);

// The scenario file meant: `name` itself ("-" too) where it exists, or one shipped with gameday
// that a bare name stands for ("region_outage"). `invalid`, with a name near it, when there is
// none.
Result<std::string> scenario_path(const std::string& name);

}  // namespace gameday::app
