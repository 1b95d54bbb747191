// What `gameday plan` prints: the timeline, each action on each device, the privileges needed, the
// load, the targets, the seed and every default taken. Pure.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/model/value.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/scenario/schedule.hpp"

#include <string>
#include <vector>

namespace gameday::scenario {

// For people. `steps` is what schedule() made of the scenario.
std::string plan_text(const Scenario& scenario, const std::vector<Step>& steps,
                      const Catalog& catalog);

// The same as a tree, for scripts: {"name", "seed", "steps": [{"at", "at_s", "do", "name", "fault",
// "pulse", "actions": [{"device", "verb", "args"}]}], "devices", "targets", "defaults", …}.
Value plan_value(const Scenario& scenario, const std::vector<Step>& steps, const Catalog& catalog);

}  // namespace gameday::scenario
