// Key order: the operations of a run by key, so that what concerns one key is looked at together.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/goodness.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gameday::view {

// Indexes into Evidence::operations.
using Indexes = std::vector<std::uint32_t>;
using IndexSpan = std::span<const std::uint32_t>;

struct KeyOrder {
    Indexes operations;  // in order of load and key; those of one key in order of seq
    std::vector<std::uint32_t> begins;  // places in `operations` where a key begins, and its end

    // Calls `each(load, operations of one key)` in that order. Those of a key lie far apart: they
    // are asked of the memory some keys ahead.
    template <class Each>
    void for_each_key(const Evidence& evidence, const Goodness& goodness, Each each) const {
        constexpr std::size_t ahead = 64;
        std::size_t asked = 0;
        for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
            const auto until = std::min(operations.size(), begins[i + 1] + ahead);
            for (; asked < until; ++asked) {
                __builtin_prefetch(&evidence.operations[operations[asked]]);
            }
            const auto of_key = IndexSpan(operations).subspan(begins[i], begins[i + 1] - begins[i]);
            each(goodness.load(evidence.operations[of_key.front()]), of_key);
        }
    }
};

// O(n), or O(n log n) where keys are far above the number of operations; sixteen bytes an operation
// while it works, at most eight afterwards.
KeyOrder order_by_key(const Evidence& evidence, const Goodness& goodness);

}  // namespace gameday::view
