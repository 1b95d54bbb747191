// FaultKind: a pure planner. It turns parameters into two lists of actions, inject and heal.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/params.hpp"
#include "harness/ports/device.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gameday {

// A square wave: the fault is injected for `on`, healed for `off`, and so on while its step lasts.
struct Wave {
    Duration on{}, off{};
    bool operator==(const Wave&) const = default;
};

struct FaultPlan {
    std::vector<Action> inject;  // performed in order; if one fails, heal undoes all
    std::vector<Action> heal;    // idempotent; complete: heals whatever part of inject was done
    std::vector<NodeId> nodes;   // whom it is aimed at, for reports
    std::optional<Wave> wave;    // absent: injected once
    bool expects_outage = true;  // false for faults that the system should ride out (latency …)
    std::vector<std::string> notes{};  // one line each: which device is used and why, what to mind
    // Whom it takes away: nobody can reach them, or they do not run. The others are its survivors.
    std::vector<NodeId> taken{};
    bool operator==(const FaultPlan&) const = default;
};

// Whether this machine lets the device of that name work, or why not; what to mind if it does
// (Device::remark).
using DeviceCheck = std::function<Result<std::string>(std::string_view device)>;

// What a planner may know. Roles: the newest known role of each node (index = NodeId), all unknown
// in a dry run.
struct PlanContext {
    const Topology& topology;
    std::vector<Role> roles;
    FaultId id;
    std::uint64_t seed = 1;
    bool dry_run = false;  // names like "@primary" that need roles resolve to any node
    // Plans another kind with its own parameters; for composite kinds (flap).
    std::function<Result<FaultPlan>(std::string_view kind, const Params&)> plan;
    DeviceCheck able{};                // null: nobody asked, so all are taken to be able
    std::vector<std::string> spare{};  // addresses that kernel devices never touch
};

struct FaultKind {
    std::string_view name, meaning;
    std::span<const ParamSpec> params;
    // Pure. Fails with `invalid` and all wrong fields, one "<field>: message" a line.
    Result<FaultPlan> (*plan)(const Params&, const PlanContext&);
    // What became of one place or of several, for the headline: "was out", "were out". Empty: a
    // step of the kind "was in force".
    std::string_view past_of_one{}, past_of_many{};
};

}  // namespace gameday
