#include "harness/view/key_order.hpp"

namespace gameday::view {
namespace {

// The operations of one load, by index.
class OfLoad {
 public:
    OfLoad(const Evidence& evidence, const Goodness& goodness, std::uint16_t loads,
           std::uint16_t load)
        : operations_(evidence.operations), goodness_(goodness), all_(loads == 1), load_(load) {}

    template <class Each>
    void for_each(Each each) const {
        for (std::uint32_t i = 0; i < operations_.size(); ++i) {
            if (all_ || goodness_.load(operations_[i]) == load_) each(operations_[i].key, i);
        }
    }

 private:
    const std::vector<Operation>& operations_;
    const Goodness& goodness_;
    bool all_;
    std::uint16_t load_;
};

// O(n), where the greatest key is not far above the number of operations, as it mostly is.
void order_by_counting(const OfLoad& load, std::size_t count, std::uint32_t greatest,
                       KeyOrder& order) {
    std::vector<std::uint32_t> places(std::size_t{greatest} + 1);
    load.for_each([&](std::uint32_t key, std::uint32_t) { ++places[key]; });
    auto next = static_cast<std::uint32_t>(order.operations.size());
    for (auto& place : places) {
        const auto of_key = place;
        if (of_key > 0) order.begins.push_back(next);
        place = next;
        next += of_key;
    }
    order.operations.resize(order.operations.size() + count);
    load.for_each(
        [&](std::uint32_t key, std::uint32_t index) { order.operations[places[key]++] = index; });
}

// The key above, the index below: sorting one flat array of numbers is all there is to do.
void order_by_sorting(const OfLoad& load, KeyOrder& order) {
    std::vector<std::uint64_t> keyed;
    load.for_each([&](std::uint32_t key, std::uint32_t index) {
        keyed.push_back((std::uint64_t{key} << 32U) | index);
    });
    std::ranges::sort(keyed);
    for (std::size_t i = 0; i < keyed.size(); ++i) {
        if (i == 0 || keyed[i] >> 32U != keyed[i - 1] >> 32U) {
            order.begins.push_back(static_cast<std::uint32_t>(order.operations.size()));
        }
        order.operations.push_back(static_cast<std::uint32_t>(keyed[i]));
    }
}

}  // namespace

KeyOrder order_by_key(const Evidence& evidence, const Goodness& goodness) {
    std::uint16_t loads = 1;
    for (const auto& client : evidence.clients) {
        loads = std::max(loads, static_cast<std::uint16_t>(client.load + 1));
    }
    KeyOrder order;
    order.operations.reserve(evidence.operations.size());
    for (std::uint16_t number = 0; number < loads; ++number) {
        const OfLoad load(evidence, goodness, loads, number);
        std::size_t count = 0;
        std::uint32_t greatest = 0;
        load.for_each([&](std::uint32_t key, std::uint32_t) {
            ++count;
            greatest = std::max(greatest, key);
        });
        if (count == 0) continue;
        if (greatest / 2 <= count) {
            order_by_counting(load, count, greatest, order);
        } else {
            order_by_sorting(load, order);
        }
    }
    order.begins.push_back(static_cast<std::uint32_t>(order.operations.size()));
    return order;
}

}  // namespace gameday::view
