// The words of one line of a section that is no table: read one after the other, the first thing
// that is wrong stays.
#pragma once

#include "harness/store/cells.hpp"
#include "harness/store/text_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::store {

// "5..13,15..16": from the first instant on, and before the second.
using Stretches = std::vector<Interval<Instant>>;

inline bool holds(const Stretches& stretches, Instant at) {
    return std::ranges::any_of(stretches,
                               [&](const auto& each) { return at >= each.low && at < each.high; });
}

class Words {
 public:
    // `names` outlives this.
    Words(const TextLine& line, const Names& names) : number_(line.number), reader_(names) {
        auto cells = split_cells(line.text);
        if (cells) cells_ = std::move(*cells);
        if (!cells) fail("a quote is not closed");
    }

    [[nodiscard]] bool good() const { return !error_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] bool at_end() const { return at_ >= cells_.size() || error_.has_value(); }

    // The next word, or "" at the end.
    [[nodiscard]] std::string_view peek() const {
        return at_end() ? std::string_view() : std::string_view(cells_[at_]);
    }
    std::string word() { return at_end() ? std::string() : cells_[at_++]; }
    // Whether the next word is this one; if so, it is passed.
    bool accept(std::string_view wanted) {
        if (peek() != wanted) return false;
        ++at_;
        return true;
    }
    // The next word as a T; `what` it is, for the message when it cannot be.
    template <class T>
    T read(std::string_view what) {
        T out{};
        if (at_end()) {
            fail(fmt::format("{} is missing", what));
        } else if (const std::string cell = cells_[at_++]; !reader_.read(cell, out)) {
            fail(fmt::format("{} cannot be {}", what, cell));
        }
        return out;
    }
    void fail(std::string_view message) {
        if (!error_) error_ = wrong_line(number_, message);
    }

 private:
    std::size_t number_;
    CellReader reader_;
    std::vector<std::string> cells_;
    std::size_t at_ = 0;
    std::optional<Error> error_;
};

}  // namespace gameday::store
