// One run as the compliance page needs it, read from its result.json.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/model/verdict.hpp"
#include "reporters/compliance/compliance.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gameday::reporters {

struct ComplianceRun {
    std::string run_dir, run_id, started_at;
    std::string scenario, service, tier, disruption;
    std::string scenario_sha256, evidence_sha256;
    Verdict verdict = Verdict::inconclusive;
    double time_scale = 1;
    bool targets_met = true;  // all of severity fail
    // Of each quantity: "≤ 3 s", "" when the run declared nothing about it.
    std::vector<std::string> declared;
    // Of each quantity the worst over faults and metrics, all clients together; absent as soon as
    // one of them was not measured, for then nobody knows the worst.
    std::vector<std::optional<Interval<double>>> observed;
    std::vector<std::string> not_tested;
};

// The run, or nothing when the tree is not a result of ours.
std::optional<ComplianceRun> read_run(const ComplianceInput& input,
                                      const std::vector<Quantity>& quantities);

}  // namespace gameday::reporters
