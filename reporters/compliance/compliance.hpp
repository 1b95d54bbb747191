// The compliance page: many runs against what was declared, service by tier by disruption, for the
// people who must sign that disaster recovery was tested.
//
// All functions are pure. Inputs are result.json trees (reporters/json/result.schema.json); what is
// not one is listed as unreadable, never left out in silence. A run given twice counts once.
#pragma once

#include "harness/base/time.hpp"
#include "harness/model/tiers.hpp"
#include "harness/model/value.hpp"
#include "harness/model/verdict.hpp"
#include "harness/ports/catalog.hpp"

#include <string>
#include <vector>

namespace gameday::reporters {

struct ComplianceInput {
    std::string run_dir;
    Value result;
};

// What is compared over runs: one column.
struct Quantity {
    std::string name, title;  // name: of its first metric
    Unit unit = Unit::seconds;
    std::vector<std::string> metrics;  // the worst of any of them counts
    Duration Tier::*tier_bound = nullptr;
};

// The quantities of the metrics with a place among the objectives (MetricPlaces), in that order.
std::vector<Quantity> quantities_of(const Catalog& catalog);

struct ComplianceScope {
    // "2026-01-31": runs older than `stale_after_days` before it are stale. "": the day of the
    // newest run.
    std::string today;
    int stale_after_days = 90;
    // Fault kinds that could be tested; those without a run are named as not tested. Kinds that
    // some run tested count in any case.
    std::vector<std::string> disruptions;
    std::vector<Quantity> quantities{};
};

std::string compliance_html(const std::vector<ComplianceInput>& inputs,
                            const ComplianceScope& scope);
std::string compliance_markdown(const std::vector<ComplianceInput>& inputs,
                                const ComplianceScope& scope);
// Schema "gameday-compliance/1"; times in seconds, intervals as in result.json.
std::string compliance_json(const std::vector<ComplianceInput>& inputs,
                            const ComplianceScope& scope);

}  // namespace gameday::reporters
