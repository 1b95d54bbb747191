// How packets find the netem that does to them what all faults on them ask for together. Pure.
//
// A packet that comes back from an ifb does not pass the hooks of its interface again, so tables of
// several faults could not follow one another. Instead one table per host decides: first fault 1,
// then fault 2 …; each way through it, a set of faults that one packet can meet, ends at an ifb of
// its own, whose netem is composed of their impairments. Ways that no packet can take are left out.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/nft/nft.hpp"
#include "injectors/kernel/steer/impairment.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::devices::netem {

struct Steered {
    std::uint32_t fault = 0;
    std::vector<kernel::Flow> flows;
    kernel::Impairment impairment;
    Duration lease{};
    bool operator==(const Steered&) const = default;
};

// Faults that one packet can meet at once; more are refused.
inline constexpr std::size_t overlap_most = 6;

// The end of one way. Each side has its own: a rate is per direction.
struct Leaf {
    kernel::Side side = kernel::Side::ingress;
    std::vector<std::uint32_t> faults;  // ascending
    kernel::Impairment impairment;
    bool operator==(const Leaf&) const = default;
};
// "egress_1_3": the name of its chain, and the same as long as the faults are.
std::string chain_of(const Leaf& leaf);
// Whether the chain of that name is for the fault among others.
bool chain_has(const std::string& chain, std::uint32_t fault);

// The ends of all ways, sorted by side and faults. Fails with `invalid` when more than
// `overlap_most` faults, or impairments that cannot be composed, meet.
Result<std::vector<Leaf>> leaves_of(std::vector<Steered> faults);

// The name of the table of a run.
std::string table_name(std::string_view run_dir);

// The table: for each interface and side a base chain, then the tree. `ends` says for each chain of
// a leaf which ifb it leads to.
using Ends = std::map<std::string, kernel::nft::ForwardTo>;
kernel::nft::Table table_of(const std::string& name, std::vector<Steered> faults,
                            const std::vector<std::string>& interfaces, const Ends& ends);

}  // namespace gameday::devices::netem
