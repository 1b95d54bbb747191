#include "reporters/text/grid.hpp"

#include "reporters/common/words.hpp"

#include <algorithm>

namespace gameday::reporters {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t last_column_min = 20;

std::vector<std::size_t> widths_of(const std::vector<std::vector<std::string>>& rows,
                                   const std::vector<std::size_t>& limits, std::size_t columns) {
    std::vector<std::size_t> widths(limits.size(), 0);
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < widths.size() && i < row.size(); ++i) {
            widths[i] = std::max(widths[i], std::min(limits[i], width(row[i])));
        }
    }
    std::size_t used = gap;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) used += widths[i] + gap;
    widths.back() = std::max(last_column_min, columns > used ? columns - used : 0);
    return widths;
}

}  // namespace

std::string grid(const std::vector<std::vector<std::string>>& rows,
                 const std::vector<std::size_t>& limits, std::size_t columns) {
    const auto widths = widths_of(rows, limits, columns);
    std::string out;
    for (const auto& row : rows) {
        std::vector<std::vector<std::string>> cells;
        std::size_t height = 1;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            cells.push_back(wrap(i < row.size() ? row[i] : std::string(), widths[i]));
            height = std::max(height, cells.back().size());
        }
        for (std::size_t line = 0; line < height; ++line) {
            std::string text(gap, ' ');
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const auto& cell = cells[i];
                text += pad(line < cell.size() ? cell[line] : std::string(), widths[i] + gap);
            }
            while (text.ends_with(' ')) text.pop_back();
            out += text + "\n";
        }
    }
    return out;
}

}  // namespace gameday::reporters
