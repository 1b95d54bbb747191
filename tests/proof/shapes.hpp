// Shapes of faults and of the outages that go with them.
#pragma once

#include "tests/proof/plan.hpp"

namespace gameday::proof {

// Single faults, overlapping ones and waves, with their outages; sets the end of the load.
void draw_faults(Plan& plan, Random& random);

// A partition in which two regions write at once.
void draw_split(Plan& plan, Random& random);

// The serving region alternates in one store that both share.
void draw_alternation(Plan& plan, Random& random);

// What the failover of that fault loses.
void draw_loss(Plan& plan, Random& random, std::size_t fault, bool spaced);

}  // namespace gameday::proof
