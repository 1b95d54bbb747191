// From "between these and those", and from "whose requests to whom", to rules on proxy hops.
//
// A link is dialled by one side, but its bytes flow both ways. So what A says to B travels towards
// the target on the link A->B and back to the dialler on the link B->A, and a fault between two
// places is about both links.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/places.hpp"
#include "injectors/devices/proxy/actions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

namespace gameday::faults {

using devices::proxy::Direction;

// Links, each with the direction (seen from its dialler) that the fault is about.
using Hops = std::map<LinkId, Direction>;

// Puts a link in, or widens its direction.
void add_hop(Hops& hops, LinkId link, Direction direction);
void add_hops(Hops& hops, const Hops& more);

// The direction seen from the other side.
Direction turned(Direction direction);

// The links between two places; `to` is what `a` says to `b`. Empty when none is declared. Fails
// with `invalid` when a link between them cannot be led through the proxy for want of `listen`.
Result<Hops> hops_between(const Place& a, const Place& b, Direction direction,
                          const Topology& topology);

// All hops between each two groups; `to` is what earlier groups say to later ones. Fails with
// `invalid` on a link without hop, and on two places with no link at all between them, unless one
// of them is of the rest (then some hop must be found).
Result<Hops> hops_across(const std::vector<Group>& groups, Direction direction,
                         const Topology& topology);

// `invalid`: no hop between these, and what to declare.
Error no_hop(std::string_view a, std::string_view b);
// `invalid`: the link has no `listen`.
Error no_listen(const Link& link);

// One rule on all hops, its direction that of each hop; healed in reverse order.
FaultPlan plan_rule(const Hops& hops, devices::proxy::Rule rule, std::vector<NodeId> nodes,
                    const Topology& topology);

// The values of a parameter with choices "both|to|from"; both when it has another value.
Direction read_direction(ParamReader& reader, std::string_view field);

inline constexpr std::array requests_specs{
    ParamSpec{"to", ParamType::names, "", "regions or nodes whose requests are met", true},
    ParamSpec{"from", ParamType::names, "",
              "only requests of these regions, nodes or clients:REGION; else everybody's"},
};

// The table of a kind: whose requests, its own parameters, which requests.
template <std::size_t n>
constexpr auto with_requests(const std::array<ParamSpec, n>& own) {
    constexpr auto& match = devices::proxy::http::match_specs;
    std::array<ParamSpec, n + requests_specs.size() + match.size()> all{};
    auto next = std::copy(requests_specs.begin(), requests_specs.end(), all.begin());
    next = std::copy(own.begin(), own.end(), next);
    std::copy(match.begin(), match.end(), next);
    return all;
}

// Reads both tables and plans the fault on the hops that lead to these places: all that do, or
// those whose dialler is named. Fails with `invalid` when one of these links has no hop, or when
// there is none.
Result<FaultPlan> plan_requests(ParamReader& reader, devices::proxy::http::Fault fault,
                                const PlanContext& context);

}  // namespace gameday::faults
