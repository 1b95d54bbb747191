// One run as the compliance page needs it, read from its result.json.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/model/verdict.hpp"
#include "reporters/compliance/compliance.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::reporters {

// What is compared over runs, in the order of the columns.
struct Quantity {
    std::string_view name, title;
    Unit unit;
    std::array<std::string_view, 3> metrics;  // any of them; "" = none
};
inline constexpr std::size_t quantity_count = 5;
const std::array<Quantity, quantity_count>& quantities();
inline constexpr std::size_t rto_quantity = 0;
inline constexpr std::size_t rpo_quantity = 1;

struct ComplianceRun {
    std::string run_dir, run_id, started_at;
    std::string scenario, service, tier, disruption;
    std::string scenario_sha256, evidence_sha256;
    Verdict verdict = Verdict::inconclusive;
    double time_scale = 1;
    bool targets_met = true;  // all of severity fail
    // "≤ 3 s", "" when the run declared nothing about the quantity.
    std::array<std::string, quantity_count> declared;
    // The worst over faults and metrics, all clients together; absent as soon as one of them was
    // not measured, for then nobody knows the worst.
    std::array<std::optional<Interval<double>>, quantity_count> observed;
    std::vector<std::string> not_tested;
};

// The run, or nothing when the tree is not a result of ours.
std::optional<ComplianceRun> read_run(const ComplianceInput& input);

}  // namespace gameday::reporters
