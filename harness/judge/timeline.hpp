// Timeline: the evidence in about 200 slices, for the picture in the report.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/report.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"

#include <vector>

namespace gameday::judge {

// Bins of equal width from the steady window to the end of the load, by `scheduled`; marks for
// faults, recovery and recovery point, detection, switches and dual writers.
Timeline timeline_of(const Scenario& scenario, const Evidence& evidence,
                     const std::vector<Measurement>& measurements, const Catalog& catalog);

}  // namespace gameday::judge
