// Findings: each target with the worst measurement that it names.
#pragma once

#include "harness/model/report.hpp"
#include "harness/ports/catalog.hpp"

#include <vector>

namespace gameday::judge {

// Every measure of the catalog over the evidence, in the order of the catalog.
std::vector<Measurement> measure_all(const Scenario& scenario, const Evidence& evidence,
                                     const Catalog& catalog);

// One finding per target, in order. A target names measurements by metric, and by client region and
// fault where it says so. The worst: missed before inconclusive before met, then the one furthest
// to the bad side. A target that names nothing measured is inconclusive.
std::vector<Finding> find_all(const Scenario& scenario,
                              const std::vector<Measurement>& measurements);

}  // namespace gameday::judge
