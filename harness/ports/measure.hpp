// Measure: a pure function from the evidence, as view/ shows it, to measurements.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/model/verdict.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace gameday {

namespace view {
struct View;
}

struct MetricSpec {
    std::string_view name;      // what a target writes: "rto", "lost_acked", "availability"
    std::string_view title;     // what people read: "Recovery time"
    Unit unit = Unit::seconds;  // of the target's value as well
    Comparison comparison = Comparison::at_most;
    std::string_view meaning;
    // Told by arrivals: known no finer than the load is dense.
    bool resolved_by_load = false;
    // A target of 0 that every run must meet, unless its file says otherwise.
    bool implied = false;
};

struct Measure {
    std::string_view name, title, meaning;  // "rto", "Recovery time (RTO)", one line
    std::span<const MetricSpec> metrics;
    // Never fails: what cannot be measured is a Measurement without a value and with a reason.
    // At least one Measurement for each metric.
    std::vector<Measurement> (*evaluate)(const view::View&);
};

}  // namespace gameday
