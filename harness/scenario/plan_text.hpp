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

// For people. `steps` is what schedule() made of the scenario. `able` as in plan_fault().
std::string plan_text(const Scenario& scenario, const std::vector<Step>& steps,
                      const Catalog& catalog, const DeviceCheck& able = {});

// The same as a tree, for scripts: {"name", "seed", "steps": [{"at", "at_s", "do", "name", "fault",
// "pulse", "actions": [{"device", "verb", "args"}]}], "devices", "targets", "defaults", …}. Steps
// whose plan has notes have "notes", and actions that a shell could do have "commands".
Value plan_value(const Scenario& scenario, const std::vector<Step>& steps, const Catalog& catalog,
                 const DeviceCheck& able = {});

}  // namespace gameday::scenario
