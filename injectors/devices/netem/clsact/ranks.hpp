// Where our filters stand among those of others, and how they are told from them. Pure.
//
// Ours have priorities that the kernel gives to nobody by itself (it begins at 49152 and goes
// down), so filters of others come first, and what those decide stays as it was. Ours are in one of
// two slots, so that new ones can stand complete before the old ones go. The sides have different
// priorities: of u32 filters with the same one, the kernel lists those of both sides on each.
#pragma once

#include "injectors/devices/netem/clsact/encode.hpp"

#include <cstdint>
#include <string_view>

namespace gameday::devices::netem {

// The lowest of ours.
std::uint16_t own_priority(kernel::Side side);

// A filter that matches nothing, the first of ours: it says that we use the clsact, and by its
// number in it whether we made it. With it there, the kernel gives no priority between ours.
Rank claim_rank(kernel::Side side);
inline constexpr std::uint16_t claim_guest = 1, claim_made = 2;
NewFilter claim(const Hook& hook, std::uint32_t mark, bool made);

inline constexpr int slots = 2;
Rank slot_rank(kernel::Side side, int slot, bool v6);
// Whether it stands in that slot.
bool is_in_slot(const StandingFilter& filter, int slot);
// Whether its priority is one of those above.
bool has_own_priority(const StandingFilter& filter);

// By which a run knows its filters. Two runs have the same once in 65536 times.
std::uint32_t mark_of(std::string_view run_dir);

}  // namespace gameday::devices::netem
