// A table in columns of text, wrapped so that it never passes the width of the page.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gameday::reporters {

// Rows of cells (the first row is the head), each cell wrapped inside its column. Columns take what
// they need up to `limits`; the last one takes what is left of `columns`, 20 at least. Lines are
// indented by two and end without spaces. Cells must be clean text. The table is no wider than
// `columns` when `limits` of all but the last column, with two columns of gap each, leave 22.
std::string grid(const std::vector<std::vector<std::string>>& rows,
                 const std::vector<std::size_t>& limits, std::size_t columns);

}  // namespace gameday::reporters
