// The verdict in block letters, five lines high, to be read from across the room.
#pragma once

#include <string>
#include <string_view>

namespace gameday::reporters {

// Five lines, each ending in a line break, in full blocks. Letters that no verdict uses are blank.
std::string banner(std::string_view word);

}  // namespace gameday::reporters
