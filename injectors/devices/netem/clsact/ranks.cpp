#include "injectors/devices/netem/clsact/ranks.hpp"

#include "injectors/devices/common/kernel/names.hpp"

#include <linux/if_ether.h>

#include <string>

namespace gameday::devices::netem {

NewFilter claim(const Hook& hook, std::uint32_t mark, bool made) {
    NewFilter filter;
    filter.hook = hook;
    filter.rank = claim_rank;
    filter.node = made ? claim_made : claim_guest;
    filter.mark = mark;
    filter.keys = {{~0U, 0, 0}, {~0U, ~0U, 0}};  // one word with two values
    return filter;
}

Rank slot_rank(int slot, bool v6) {
    const int behind_claim = 1 + 2 * slot + (v6 ? 1 : 0);
    return {static_cast<std::uint16_t>(own_priority + behind_claim),
            static_cast<std::uint16_t>(v6 ? ETH_P_IPV6 : ETH_P_IP)};
}

bool is_in_slot(const Rank& rank, int slot) {
    return rank == slot_rank(slot, false) || rank == slot_rank(slot, true);
}

bool is_own_priority(std::uint16_t priority) {
    return priority >= own_priority && priority <= slot_rank(slots - 1, true).priority;
}

std::uint32_t mark_of(std::string_view run_dir) {
    constexpr int hexadecimal = 16;
    const auto tag =
        static_cast<std::uint32_t>(std::stoul(kernel::run_tag(run_dir), nullptr, hexadecimal));
    // The lower half would end up as the packet's tc_index, which is not ours.
    const std::uint32_t half = (tag ^ (tag >> 16)) & 0xffffU;
    return (half == 0 ? 1 : half) << 16;
}

}  // namespace gameday::devices::netem
