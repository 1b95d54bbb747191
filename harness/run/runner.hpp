// run(): the one part of a run that has effects. It brings the system up, proves that it is steady,
// injects and heals as the steps say, proves it steady again, reads the ledger back, and takes the
// system down. It knows no protocol, no fault and no measure by name.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/run/environment.hpp"
#include "harness/scenario/schedule.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gameday::run {

struct Order {
    const Scenario& scenario;
    std::vector<scenario::Step> steps;  // in time order, as scenario::schedule gives them
    // The plan of one fault (scenario::plan_fault). Dry: only to know which devices it needs.
    std::function<Result<FaultPlan>(const FaultStep&, std::vector<Role> roles, bool dry_run)> plan;
    std::optional<FaultPlan> launch;  // of fault 0: inject brings the system up, heal takes it down
    std::string started_at, program_version;  // copied to the evidence
    std::uint32_t run_id = 1;                 // the same; in all that the run writes, see numbered
};

struct Done {
    Evidence evidence;
    // What could not be healed, one sentence each, the launched system included; not empty means
    // that the machine is dirty and the journal still holds the promises.
    std::vector<std::string> unhealed;
};

// Runs it and returns when everything is healed or has been tried twice. Never fails: why a run was
// refused or aborted stands in the evidence (`ending`, `ending_reason`), with all that was seen
// until then. Control thread; takes at least steady.window + duration + settle.
//
// The system is healed, and then taken down, in every case: by step, at the end, on a stop, on an
// error, and, should something throw, by scope exit; always through ActiveFault::heal.
Done run(const Order& order, const Environment& environment);

}  // namespace gameday::run
