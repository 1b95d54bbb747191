// How the compliance page puts a cell into words, the same in HTML and Markdown.
#pragma once

#include "reporters/common/facts.hpp"
#include "reporters/compliance/cells.hpp"

#include <string>
#include <vector>

namespace gameday::reporters {

std::string service_words(const ComplianceCell& cell);  // "orders", "(service not named)"
std::string tier_words(const ComplianceCell& cell);     // "tier1: RTO ≤ 15 min 0 s, …"
std::string verdict_words(const ComplianceCell& cell);  // "✓ passed", "✗ failed, stale"
std::string runs_words(const ComplianceCell& cell);     // "5 of 5 passed; fails in at most …"
std::vector<NamedText> figure_words(const CellFigure& figure, Unit unit);
std::string summary_words(const Compliance& page);  // "3 of 5 cells passed …"
extern const std::vector<std::string> definitions;  // printed below the tables

}  // namespace gameday::reporters
