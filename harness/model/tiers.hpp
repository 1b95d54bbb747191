// The four named tiers of service: how long a tier may be down (RTO) and how much of the newest
// data it may lose (RPO). A scenario names one instead of writing both targets; the compliance page
// judges by the same table.
#pragma once

#include "harness/base/time.hpp"

#include <span>
#include <string_view>

namespace gameday {

struct Tier {
    std::string_view name;  // "tier1"
    Duration rto{};         // longest time below the minimum level, at most
    Duration rpo{};         // longest span of acknowledged writes lost, at most
    std::string_view meaning;
};

// The tier of that name, or null. Names are exact: "tier1" to "tier4".
const Tier* find_tier(std::string_view name);

// All tiers, strictest first.
std::span<const Tier> all_tiers();

}  // namespace gameday
