// Choice: to which node an operation goes, given what is healthy. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"

#include <cstdint>
#include <vector>

namespace gameday::routing {

// RouteSpec with names looked up. Order and weights cover every region.
struct Route {
    RoutePolicy policy = RoutePolicy::failover;
    std::vector<RegionId> order;  // as given, then the regions left out, as declared
    std::vector<double> weights;  // by RegionId; 1 where not given
    bool writes_to_primary = false;
    bool operator==(const Route&) const = default;
};

// `invalid` when the order names no region, or the weights are negative or all zero.
Result<Route> resolve_route(const RouteSpec& spec, const Topology& topology);

// What a client region knows of the nodes, by NodeId.
struct View {
    std::vector<bool> healthy;
    std::vector<bool> primary;  // used when writes follow the primary
    bool operator==(const View&) const = default;
};

// Everything healthy; primary is who was declared so.
View first_view(const Topology& topology);

// The nodes to try, best first; empty: nobody may be asked (no route).
//   failover: the healthy regions in order; one attempt, so only the first of them.
//   weighted: one healthy region, drawn by weight with `draw`, uniform in [0, 1).
//   direct: the home region and no other, healthy or not.
//   retry_elsewhere: the home region if healthy, then the others in order; one attempt each.
// Within a region the `turn`-th of its usable nodes takes its turn.
std::vector<NodeId> choose(const Route& route, const Topology& topology, const View& view,
                           RegionId home, Verb verb, double draw, std::uint64_t turn);

// The deadline of an attempt that begins now, when `left` attempts (this one included) share the
// time until `deadline` evenly; otherwise a silent first region would use up the whole timeout.
Instant attempt_deadline(Instant now, Instant deadline, std::size_t left);

// The outcome of an operation so far and one more attempt of it: ok if any was, else unknown if any
// may have taken effect, else failed.
Outcome combine(Outcome so_far, Outcome attempt);

}  // namespace gameday::routing
