// RoutePolicyKind: to which nodes an operation goes, best first, given what is healthy. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/params.hpp"
#include "harness/model/topology.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace gameday {

// What a client region knows of the nodes, by NodeId.
struct RegionView {
    std::vector<bool> healthy;
    std::vector<bool> primary;  // used when writes follow the primary
    bool operator==(const RegionView&) const = default;
};

// An operation that has to go somewhere. Topology and view are the caller's, for the call alone.
struct RouteQuestion {
    const Topology& topology;
    const RegionView& view;
    RegionId home;              // of the client
    bool primary_only = false;  // only nodes that say they are the primary may be asked
    double draw = 0;            // uniform in [0, 1)
    std::uint64_t turn = 0;     // usable nodes of a region take turns
};

// A policy with its parameters: the nodes to try, best first, one attempt each. Empty: nobody may
// be asked (no route). Pure, so any thread may call it.
using RouteOrder = std::function<std::vector<NodeId>(const RouteQuestion&)>;

struct RoutePolicyKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;  // a fallback says in words what holds without the parameter
    // Pure: `invalid` with all wrong parameters, one "<field>: message" a line. A field may be a
    // place within a parameter: "order/1".
    Result<RouteOrder> (*order)(const Params&, const Topology&);
};

}  // namespace gameday
