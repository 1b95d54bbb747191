// From plan and simulation to the values that a judge gets.
#pragma once

#include "tests/proof/world.hpp"

namespace gameday::proof {

Scenario scenario_of(const Plan& plan);
// Adds the steps of the faults to the scenario.
Evidence evidence_of(const Plan& plan, const World& world, Random& random, Scenario& scenario);
// What was true.
Truth truth_of(const Plan& plan, World& world);

}  // namespace gameday::proof
