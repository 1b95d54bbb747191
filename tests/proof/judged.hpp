// The judged party: supplied by who builds the proof, the program's own judge behind it.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/report.hpp"
#include "harness/model/scenario.hpp"

namespace gameday::proof {

// The scenario carries declared targets only; implied ones are the judge's to add.
Report judged(const Scenario& scenario, const Evidence& evidence);

}  // namespace gameday::proof
