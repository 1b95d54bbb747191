// ClientBehaviourKind: how clients turn the name of what they use into nodes, and how long they go
// by the answer. Pure: a shard keeps what a client remembers, and hands it in.
#pragma once

#include "harness/base/result.hpp"
#include "harness/base/time.hpp"
#include "harness/model/params.hpp"
#include "harness/ports/route_policy.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace gameday {

// What a client goes by until it looks up again; reads and writes have one each, because writes may
// follow a name of their own.
struct ClientHold {
    NodeId node;          // none: it holds nothing
    Instant since{};      // when it looked that up
    bool failed = false;  // the last operation that was sent there was not ok
    bool operator==(const ClientHold&) const = default;
};

// An operation of a client that is due. What it refers to is the caller's, for the call alone.
struct ClientQuestion {
    const RouteOrder& route;     // a call is a look-up: where the name leads now
    const RouteQuestion& asked;  // what to call it with: the view is the newest of the region
    ClientHold before;
    Instant now;
};

struct ClientAnswer {
    std::vector<NodeId> nodes;  // to try, best first, one attempt each; empty: no route
    ClientHold held;            // `before` of the next question
};

// A behaviour with its parameters. Pure, so any thread may call it; once for each operation.
using ClientBehaviour = std::function<ClientAnswer(const ClientQuestion&)>;

struct ClientBehaviourKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;
    // Pure: `invalid` with all wrong parameters, one "<field>: message" a line.
    Result<ClientBehaviour> (*behave)(const Params&);
};

}  // namespace gameday
