// Value index: which write of a key wrote a value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace gameday::view {

// Reads of a key mostly return what the read before returned, or the next write: that is looked at
// first. Values are unique; of those that are not, the first that was added is found.
class ValueIndex {
 public:
    void clear() {
        values_.clear();
        near_ = 0;
    }
    void add(std::uint64_t value, std::uint32_t place) { values_.emplace_back(value, place); }
    // After all have been added, before any is asked for.
    void finish() {
        if (!std::ranges::is_sorted(values_)) {
            std::ranges::sort(values_);
        }
    }

    [[nodiscard]] std::optional<std::uint32_t> place_of(std::uint64_t value) const {
        if (is_at(near_, value)) return values_[near_].second;
        if (is_at(near_ + 1, value)) return values_[++near_].second;
        const auto found = std::ranges::lower_bound(values_, std::pair(value, 0U));
        if (found == values_.end() || found->first != value) return std::nullopt;
        near_ = static_cast<std::size_t>(found - values_.begin());
        return found->second;
    }

 private:
    // Whether that is the first entry of the value.
    [[nodiscard]] bool is_at(std::size_t entry, std::uint64_t value) const {
        return entry < values_.size() && values_[entry].first == value &&
               (entry == 0 || values_[entry - 1].first != value);
    }

    std::vector<std::pair<std::uint64_t, std::uint32_t>> values_;
    mutable std::size_t near_ = 0;
};

}  // namespace gameday::view
