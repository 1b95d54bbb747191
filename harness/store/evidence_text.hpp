// Evidence as a readable table: what `gameday show` prints, and what tests paste to get evidence.
//
// The text has sections, "[nodes]" and so on. Each is a table whose first line names its columns;
// "[run]" is a list of names and cells instead. Formatting and parsing lose nothing. Text written
// by hand may leave out sections and columns (they are then as in a default Evidence), may order
// them as it likes, and may hold blank lines and comments that begin with '#'.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace gameday::store {

struct TextLimits {
    // Of the operations; the rest is counted in a comment. With a limit the text is for reading.
    std::size_t operations_max = std::numeric_limits<std::size_t>::max();
};

std::string format_evidence(const Evidence& evidence, TextLimits limits = {});

// `invalid`, "line 12: …", for the first thing that cannot be read. Operations without the column
// `seq` are numbered by position, regions without `nodes` get those that name the region.
Result<Evidence> parse_evidence(std::string_view text);

}  // namespace gameday::store
