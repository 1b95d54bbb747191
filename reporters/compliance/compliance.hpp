// The compliance page: many runs against what was declared, service by tier by disruption, for the
// people who must sign that disaster recovery was tested.
//
// All functions are pure. Inputs are result.json trees (reporters/json/result.schema.json); what is
// not one is listed as unreadable, never left out in silence. A run given twice counts once.
#pragma once

#include "harness/model/value.hpp"

#include <string>
#include <vector>

namespace gameday::reporters {

struct ComplianceInput {
    std::string run_dir;
    Value result;
};

struct ComplianceScope {
    // "2026-01-31": runs older than `stale_after_days` before it are stale. "": the day of the
    // newest run.
    std::string today;
    int stale_after_days = 90;
    // Fault kinds that could be tested; those without a run are named as not tested. Kinds that
    // some run tested count in any case.
    std::vector<std::string> disruptions;
};

std::string compliance_html(const std::vector<ComplianceInput>& inputs,
                            const ComplianceScope& scope = {});
std::string compliance_markdown(const std::vector<ComplianceInput>& inputs,
                                const ComplianceScope& scope = {});
// Schema "gameday-compliance/1"; times in seconds, intervals as in result.json.
std::string compliance_json(const std::vector<ComplianceInput>& inputs,
                            const ComplianceScope& scope = {});

}  // namespace gameday::reporters
