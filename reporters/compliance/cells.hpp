// Runs sorted into cells (service, tier, disruption), and what each cell shows.
#pragma once

#include "reporters/compliance/runs.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gameday::reporters {

struct CellFigure {
    std::string declared;                   // by the newest run; "" = nothing
    std::optional<Interval<double>> worst;  // over all runs that measured it
    std::optional<double> median;           // of the high ends of the same runs
    std::size_t measured = 0;               // in how many runs
};

struct ComplianceCell {
    std::string service, tier, disruption;
    std::vector<ComplianceRun> runs;  // oldest first, never empty
    // Of the newest run; failed as well when that run is outside the objective of its tier, and
    // inconclusive when it says passed although a target of its own was not met.
    Verdict verdict = Verdict::inconclusive;
    std::string tier_objective;  // "RTO ≤ 15 min, RPO ≤ 0 s", "" when the tier is not a named one
    std::optional<Grade> tier_grade;  // of the newest run; absent: no named tier, or no fault
    std::size_t passed = 0;           // runs that passed, of runs.size()
    // Upper bound of the failure probability at 95 %: 1 − 0.05^(1/n) after n passes out of n
    // (the exact binomial bound for zero failures). Absent when a run did not pass.
    std::optional<double> failure_bound;
    bool stale = false;
    std::vector<CellFigure> figures;  // of each quantity
    std::string trend;                // newest against the run before, in words
    std::vector<std::string> notes;   // time scale, several scenario files, not measured

    [[nodiscard]] const ComplianceRun& newest() const { return runs.back(); }
};

struct Compliance {
    std::vector<Quantity> quantities;     // the columns
    std::vector<ComplianceCell> cells;    // by service, tier, disruption
    std::vector<std::string> not_tested;  // combinations, tiers and kinds without a run, stale ones
    std::vector<std::string> unreadable;  // run directories without a result of ours
    std::string today;
    std::size_t runs = 0;
    std::size_t passed = 0;                   // cells that passed and are not stale
    Verdict verdict = Verdict::inconclusive;  // passed only if every cell passed and none is stale
};

Compliance compliance_of(const std::vector<ComplianceInput>& inputs, const ComplianceScope& scope);

}  // namespace gameday::reporters
