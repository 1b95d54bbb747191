// What a run touches: its nodes' endpoints, the hops it opens, and the processes it may signal. Two
// runs that touch the same would each take the other's faults for the system's own doing.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/store/run_dir.hpp"

#include <string>
#include <vector>

namespace gameday::app {

// As texts that are equal where the thing is. Endpoints are told apart by the network namespace
// that we are in; pid files that lie in the run's own folder belong to nobody else.
std::vector<std::string> touches_of(const Scenario& scenario, const std::string& run_dir);

// Writes them into the run folder. Call before the run is registered.
Result<void> write_touches(const std::string& run_dir, const std::vector<std::string>& touches);

// `refused`, naming run and thing, when a run that goes on and was begun before touches the same.
// Call after the run is registered: of two that begin at once the later one sees the other.
Result<void> nobody_else_touches(const store::Registry& registry, const std::string& run_dir);

}  // namespace gameday::app
