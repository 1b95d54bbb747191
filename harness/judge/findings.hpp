// Findings: each target with the worst measurement that it names.
#pragma once

#include "harness/model/report.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/view/view.hpp"

#include <vector>

namespace gameday::judge {

// Every measure of the catalog over the evidence, in the order of the catalog.
std::vector<Measurement> measure_all(const view::View& view, const Catalog& catalog);

// The declared targets in order, then the implied ones (MetricTraits::implied) that none declares:
// one for each fault that something was measured for, or one for the run.
std::vector<TargetSpec> targets_of(const Scenario& scenario,
                                   const std::vector<Measurement>& measurements,
                                   const Catalog& catalog);

// One finding per target, in order. A target names measurements by metric, and by client region and
// fault where it says so. The worst: missed before inconclusive before met, then the one furthest
// to the bad side. A target that names nothing measured is inconclusive; so is one that is met by a
// figure that the load resolves to no more than half the target.
std::vector<Finding> find_all(const view::View& view, const std::vector<TargetSpec>& targets,
                              const std::vector<Measurement>& measurements, const Catalog& catalog);

// The resolution of the load for a target, seconds: the largest time between arrivals of the
// streams that it is about. Zero where arrivals do not tell its metric.
double resolution_for(const TargetSpec& target, const view::View& view, const Catalog& catalog);

}  // namespace gameday::judge
