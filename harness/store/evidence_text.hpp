// Evidence as a text to read and to write by hand: what `gameday show` prints, what `gameday judge`
// judges, and what tests paste to get evidence. TEXT.md has the grammar.
//
// The text has sections, "[nodes]" and so on. Most are tables whose first line names their columns;
// "[run]" is a list of names and cells. Formatting and parsing lose nothing. Text written by hand
// may leave out sections and columns (they are then as in a default Evidence), may order them as it
// likes, and may hold blank lines and comments that begin with '#'; "[streams]", "[watch]" and
// "[ledger]" stand for thousands of rows in a line.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::store {

struct TextLimits {
    // Of the operations; the rest is counted in a section of its own, and then the text is for
    // reading only.
    std::size_t operations_max = std::numeric_limits<std::size_t>::max();
    std::size_t left_out = 0;  // operations that are not in the evidence any more
};

// Evidence, and beside it what it is judged by.
struct History {
    Evidence evidence;
    // Section "scenario" as it stands: JSON, or one "path value" a line; "" when there is none.
    std::string scenario;
    std::vector<std::string> wanted;  // lines of section "wanted": what a test wants to be judged
};

// Calls out(piece) with the text, piece by piece: that of a long run is larger than its evidence.
void print_history(const Evidence& evidence, std::string_view scenario, TextLimits limits,
                   const std::function<void(std::string_view)>& out);

// `invalid`, "line 12: …", for the first thing that cannot be read, and for a text from which
// operations were left out. Operations without the column `seq` are put in order of `scheduled` and
// numbered, faults without `id` by position, regions without `nodes` get those that name the
// region, and without "[regions]" there are those that nodes name. A region of "[clients]" or of a
// stream must be one of them.
Result<History> parse_history(std::string_view text);

}  // namespace gameday::store
