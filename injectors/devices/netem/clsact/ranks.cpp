#include "injectors/devices/netem/clsact/ranks.hpp"

#include "injectors/devices/common/kernel/names.hpp"

#include <linux/if_ether.h>

#include <string>

namespace gameday::devices::netem {

namespace {

constexpr std::uint16_t ingress_priority = 51500, egress_priority = 51800;
constexpr std::uint16_t experimental_type = 0x88b5;

}  // namespace

std::uint16_t own_priority(kernel::Side side) {
    return side == kernel::Side::ingress ? ingress_priority : egress_priority;
}

Rank claim_rank(kernel::Side side) { return {own_priority(side), experimental_type}; }

NewFilter claim(const Hook& hook, std::uint32_t mark, bool made) {
    NewFilter filter;
    filter.hook = hook;
    filter.rank = claim_rank(hook.side);
    filter.node = made ? claim_made : claim_guest;
    filter.mark = mark;
    filter.keys = {{~0U, 0, 0}, {~0U, ~0U, 0}};  // one word with two values
    return filter;
}

Rank slot_rank(kernel::Side side, int slot, bool v6) {
    const int behind_claim = 1 + 2 * slot + (v6 ? 1 : 0);
    return {static_cast<std::uint16_t>(own_priority(side) + behind_claim),
            static_cast<std::uint16_t>(v6 ? ETH_P_IPV6 : ETH_P_IP)};
}

bool is_in_slot(const StandingFilter& filter, int slot) {
    return filter.rank == slot_rank(filter.side, slot, false) ||
           filter.rank == slot_rank(filter.side, slot, true);
}

bool has_own_priority(const StandingFilter& filter) {
    return filter.rank.priority >= own_priority(filter.side) &&
           filter.rank.priority <= slot_rank(filter.side, slots - 1, true).priority;
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
