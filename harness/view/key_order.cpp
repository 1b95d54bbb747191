#include "harness/view/key_order.hpp"

#include <algorithm>

namespace gameday::view {

KeyOrder order_by_key(const Evidence& evidence, const Goodness& goodness) {
    std::uint16_t loads = 1;
    for (const auto& client : evidence.clients) {
        loads = std::max(loads, static_cast<std::uint16_t>(client.load + 1));
    }
    KeyOrder order;
    order.operations.reserve(evidence.operations.size());
    std::vector<std::uint64_t> keyed;
    for (std::uint16_t load = 0; load < loads; ++load) {
        // The key above, the index below: sorting one flat array of numbers is all there is to do.
        keyed.clear();
        for (std::size_t i = 0; i < evidence.operations.size(); ++i) {
            const Operation& operation = evidence.operations[i];
            if (loads > 1 && goodness.load(operation) != load) continue;
            keyed.push_back((std::uint64_t{operation.key} << 32U) | i);
        }
        std::sort(keyed.begin(), keyed.end());
        for (std::size_t i = 0; i < keyed.size(); ++i) {
            if (i == 0 || keyed[i] >> 32U != keyed[i - 1] >> 32U) {
                order.begins.push_back(static_cast<std::uint32_t>(order.operations.size()));
            }
            order.operations.push_back(static_cast<std::uint32_t>(keyed[i]));
        }
    }
    order.begins.push_back(static_cast<std::uint32_t>(order.operations.size()));
    return order;
}

}  // namespace gameday::view
