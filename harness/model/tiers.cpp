#include "harness/model/tiers.hpp"

#include <array>

namespace gameday {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<Tier, 4> tiers{{
    {"tier1", minutes(15), Duration::zero(), "mission critical: 15 min down, nothing lost"},
    {"tier2", hours(1), minutes(15), "business critical: 1 h down, 15 min lost"},
    {"tier3", hours(4), hours(1), "business operational: 4 h down, 1 h lost"},
    {"tier4", hours(24), hours(24), "administrative: 24 h down, 24 h lost"},
}};

}  // namespace

const Tier* find_tier(std::string_view name) {
    for (const Tier& tier : tiers) {
        if (tier.name == name) return &tier;
    }
    return nullptr;
}

std::span<const Tier> all_tiers() { return tiers; }

}  // namespace gameday
