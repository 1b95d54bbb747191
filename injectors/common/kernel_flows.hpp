// From "what these say to those" to the packets of each host that a kernel device touches.
//
// A kernel device knows no links. It sees packets arrive at a host or leave it, and tells by their
// addresses whose they are; clients are whoever is no node.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/hops.hpp"
#include "injectors/common/places.hpp"
#include "injectors/kernel/nft/flow.hpp"

#include <array>
#include <cstdint>
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

// Which packets between two places a fault is about: the parameters `protocol` and `port` of all
// kinds about links. Only kernel devices can tell packets apart; the proxy carries whole links.
struct Packets {
    kernel::Protocol protocol = kernel::Protocol::any;
    std::uint16_t port = 0;  // of either end: what goes to it and what comes from it; 0: any
    [[nodiscard]] bool are_all() const { return protocol == kernel::Protocol::any && port == 0; }
    bool operator==(const Packets&) const = default;
};

inline constexpr std::array packets_specs{
    ParamSpec{"port", ParamType::count, "0",
              "only packets to or from this port, TCP and UDP; needs a kernel device; 0: any"},
    ParamSpec{"protocol", ParamType::choice, "any", "only packets of it; needs a kernel device",
              false, "any|tcp|udp|icmp"},
};

// Mistakes are told to the reader.
Packets read_packets(ParamReader& reader);

// The same hosts, each with those of its flows' packets alone.
void narrow(Touched& touched, const Packets& packets);

}  // namespace gameday::faults
