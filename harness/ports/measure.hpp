// Measure: a pure function from evidence to measurements.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/model/verdict.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace gameday {

struct MetricSpec {
    std::string_view name;      // what a target writes: "rto", "lost_acked", "availability"
    Unit unit = Unit::seconds;  // of the target's value as well
    Comparison comparison = Comparison::at_most;
    std::string_view meaning;
};

struct Measure {
    std::string_view name, meaning;
    std::span<const MetricSpec> metrics;
    // Never fails: what cannot be measured is a Measurement without a value and with a reason.
    // At least one Measurement for each metric.
    std::vector<Measurement> (*evaluate)(const Evidence&, const Scenario&);
};

}  // namespace gameday
