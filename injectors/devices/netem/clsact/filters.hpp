// The filters that stand in for the table of steering_tree where the kernel cannot hold it. Pure.
//
// They are asked in order, and the first that matches decides. First come those that let pass what
// is never touched; then, for each set of faults that one packet can meet, the packets that are of
// all of them, larger sets before smaller ones. So a packet ends at the set of all faults that it
// is of: a larger set it is not of, and of the same size there is no other.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/netem/clsact/match.hpp"
#include "injectors/devices/netem/steering_tree.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gameday::devices::netem {

struct Filter {
    Match match;
    std::string chain;  // of the leaf it leads to (chain_of); "": lets pass
    bool operator==(const Filter&) const = default;
};

// For one interface, side and family; more are refused. u32 counts them with 12 bits, and a match
// may need two filters.
inline constexpr std::size_t filters_most = 1500;

// Empty when no fault is there. On the loopback interface, faults that spare it are left out.
// Fails with `invalid` when they are too many.
Result<std::vector<Filter>> filters_of(std::vector<Steered> faults, kernel::Side side, bool v6,
                                       bool loopback);

}  // namespace gameday::devices::netem
