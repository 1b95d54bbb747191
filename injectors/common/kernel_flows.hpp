// From "what these say to those" to the packets of each host that a kernel device touches.
//
// A kernel device knows no links. It sees packets arrive at a host or leave it, and tells by their
// addresses whose they are; clients are whoever is no node.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/groups.hpp"
#include "injectors/common/places.hpp"
#include "injectors/kernel/nft/flow.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace gameday::faults {


// One way: what `from` says to `to`.
struct Talk {
    Place from, to;
    bool operator==(const Talk&) const = default;
};

// What is said between each two groups; `to` is what earlier groups say to later ones.
std::vector<Talk> talks_across(const std::vector<Group>& groups, Direction direction);

// Which end of a talk is worked on. Clients have no host of ours: with them it is the node's end.
enum class End : std::uint8_t {
    listener,  // as packets arrive: for cuts, as nobody's send() fails there
    speaker,   // as packets leave: for impairments, so that each side has its own
};

// The flows of one host; all that a fault does there is one action.
struct HostFlows {
    std::string host;
    std::vector<kernel::Flow> flows;
    bool operator==(const HostFlows&) const = default;
};

struct Touched {
    std::vector<HostFlows> hosts;    // in order of their first node
    std::vector<std::string> notes;  // what to mind
    bool shared = false;  // two ends of a talk have one host: addresses alone tell them apart
    bool operator==(const Touched&) const = default;
};

// Fails with `invalid`, led by the name of a parameter, when a node has no address, when addresses
// do not tell a node from others, and when clients are meant without `allow_everything` or on our
// own host.
Result<Touched> touch(const std::vector<Talk>& talks, End end, bool allow_everything,
                      std::string_view field, const PlanContext& context);

// Everything that arrives at the hosts of the region, and with `both_ways` all that leaves them,
// but what its nodes say to each other. Fails with `invalid` as above, and when a host has nodes of
// another region as well.
Result<Touched> touch_border(const Region& region, bool allow_everything, bool both_ways,
                             const PlanContext& context);

inline constexpr ParamSpec everything_spec{"allow_everything", ParamType::flag, "false",
                                           "by a kernel device: whether rules may stand that hit "
                                           "all traffic of a host but what is spared"};

}  // namespace gameday::faults
