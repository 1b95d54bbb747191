// Route: the way of a load's operations: its policy, and what else decides. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/route_policy.hpp"

#include <cstddef>

namespace gameday::routing {

using View = RegionView;

// RouteSpec with names looked up.
struct Route {
    RouteOrder order;
    bool writes_to_primary = false;

    // Whether an operation of that verb is for a primary alone.
    [[nodiscard]] bool primary_only(Verb verb) const {
        return writes_to_primary && verb == Verb::write;
    }
};

// `invalid` when there is no such policy, or it refuses its parameters.
Result<Route> resolve_route(const RouteSpec& spec, const Topology& topology,
                            const Catalog& catalog);

// Everything healthy; primary is who was declared so.
View first_view(const Topology& topology);

// The deadline of an attempt that begins now, when `left` attempts (this one included) share the
// time until `deadline` evenly; otherwise a silent first region would use up the whole timeout.
Instant attempt_deadline(Instant now, Instant deadline, std::size_t left);

// The outcome of an operation so far and one more attempt of it: ok if any was, else unknown if any
// may have taken effect, else failed.
Outcome combine(Outcome so_far, Outcome attempt);

}  // namespace gameday::routing
