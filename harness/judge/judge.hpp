// The judge: evidence and targets in, one Report out. Pure; reads no clock and no file.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/report.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"

namespace gameday::judge {

// Evaluates every measure of the catalog, grades every target, and gives the verdict:
// dirty (something could not be healed) outranks refused, aborted, failed (a target missed, or not
// steady after the run), inconclusive (a target undecided, no target, no steady state, a fault that
// did not bite, too little load, resolution too coarse, a late instrument), passed. Targets of
// severity warn only warn. The run's name and the checksums are left for the caller to fill in.
Report judge(const Scenario& scenario, const Evidence& evidence, const Catalog& catalog);

}  // namespace gameday::judge
