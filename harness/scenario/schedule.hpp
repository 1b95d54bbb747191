// Scenario to Steps: what is injected and healed, when, in order. Pure; every plan is dry-run, so
// that a file that cannot run fails in milliseconds.
#pragma once

#include "harness/base/result.hpp"
#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/fault_kind.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gameday::scenario {

enum class StepKind : std::uint8_t { heal, inject };

// One thing to do. `index` is the place in Scenario::faults, `fault` the id of that step. A fault
// whose plan has a wave is injected and healed once per pulse, counted from 0; others have pulse 0.
struct Step {
    Duration at{};  // since the end of the steady-state window
    StepKind kind = StepKind::inject;
    FaultId fault;
    std::size_t index = 0;
    std::uint32_t pulse = 0;
    bool operator==(const Step&) const = default;
};

// Steps in time order. At one instant heals come before injects, and otherwise the order of the
// file holds. Each inject has its heal, after it and not after Scenario::duration. Fails with
// `invalid` when a kind is not in the catalog, refuses its parameters, names a device that the
// catalog lacks, or waves faster than once in a millisecond.
Result<std::vector<Step>> schedule(const Scenario& scenario, const Catalog& catalog);

// The plan of one fault. `roles` is the newest known role of each node (index = NodeId); empty
// means all unknown. In a dry run names that need roles, such as "@primary", resolve to any node.
// `able` tells which devices work on this machine; null: all are taken to.
Result<FaultPlan> plan_fault(const FaultStep& fault, const Scenario& scenario,
                             const Catalog& catalog, std::vector<Role> roles, bool dry_run,
                             const DeviceCheck& able = {});

}  // namespace gameday::scenario
