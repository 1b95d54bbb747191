// Where our filters stand among those of others, and how they are told from them. Pure.
//
// Ours have priorities that the kernel gives to nobody by itself (it begins at 49152 and goes
// down), so filters of others come first, and what those decide stays as it was. Ours are in one of
// two slots, so that new ones can stand complete before the old ones go.
#pragma once

#include "injectors/devices/netem/clsact/encode.hpp"

#include <cstdint>
#include <string_view>

namespace gameday::devices::netem {

inline constexpr std::uint16_t own_priority = 51500;

// A filter that matches nothing, the first of ours: it says that we use the clsact, and by its
// number in it whether we made it. With it there, the kernel gives no priority between ours.
inline constexpr Rank claim_rank{own_priority, 0x88b5};  // a type for experiments
inline constexpr std::uint16_t claim_guest = 1, claim_made = 2;
NewFilter claim(const Hook& hook, std::uint32_t mark, bool made);

inline constexpr int slots = 2;
Rank slot_rank(int slot, bool v6);
// Whether it is of that slot.
bool is_in_slot(const Rank& rank, int slot);
// Whether the priority is one of those above.
bool is_own_priority(std::uint16_t priority);

// By which a run knows its filters. Two runs have the same once in 65536 times.
std::uint32_t mark_of(std::string_view run_dir);

}  // namespace gameday::devices::netem
