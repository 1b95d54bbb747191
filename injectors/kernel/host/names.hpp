// The names of what we make in the kernel: they tell whose it is, also to another process.
#pragma once

#include "harness/base/id.hpp"

#include <string>
#include <string_view>

namespace gameday::kernel {

// Six hexadecimal digits that stand for a run, the same for whoever recovers it. Without a run
// directory they stand for this process.
std::string run_tag(std::string_view run_dir);

// "gameday_1a2b3c_4": the table of a fault.
std::string table_name(std::string_view tag, FaultId fault);

}  // namespace gameday::kernel
