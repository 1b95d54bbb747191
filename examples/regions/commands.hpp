// Commands: what the launcher of gameday asks for, each a function of its arguments and the world.
#pragma once

#include "examples/regions/settings.hpp"
#include "harness/base/result.hpp"

#include <filesystem>

namespace gameday::regions {

// Starts all nodes with empty data below `folder` and returns once all answer and one is primary.
// Fails with `refused` when nodes of this folder run already. On any failure all is ended again.
Result<void> up(const Settings& settings, const std::filesystem::path& folder, Duration patience);

// Ends all processes of the folder, whoever started them; fine when there are none.
Result<void> down(const std::filesystem::path& folder);

}  // namespace gameday::regions
