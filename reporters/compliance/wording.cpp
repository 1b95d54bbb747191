#include "reporters/compliance/wording.hpp"

#include <fmt/format.h>

namespace gameday::reporters {

std::string service_words(const ComplianceCell& cell) {
    return cell.service.empty() ? "(service not named)" : cell.service;
}

std::string tier_words(const ComplianceCell& cell) {
    std::string words = cell.tier.empty() ? "no tier" : cell.tier;
    if (!cell.tier_objective.empty()) words += ": " + cell.tier_objective;
    if (cell.tier_grade) words += fmt::format(" ({})", name_of(*cell.tier_grade));
    return words;
}

std::string verdict_words(const ComplianceCell& cell) {
    std::string mark = "? ";
    if (cell.verdict == Verdict::passed && !cell.stale) mark = "✓ ";
    if (cell.verdict == Verdict::failed || cell.verdict == Verdict::dirty) mark = "✗ ";
    return mark + std::string(name_of(cell.verdict)) + (cell.stale ? ", stale" : "");
}

std::string runs_words(const ComplianceCell& cell) {
    std::string words = fmt::format("{} of {} passed", cell.passed, cell.runs.size());
    if (cell.failure_bound) {
        words += fmt::format("; fails in at most {:.3g} % of runs at 95 % confidence",
                             *cell.failure_bound * 100);
    }
    return words;
}

std::vector<NamedText> figure_words(const CellFigure& figure, Unit unit) {
    return {{"declared", figure.declared.empty() ? "nothing" : figure.declared},
            {"worst", figure_text(figure.worst, unit)},
            {"median", figure.median ? figure_text(*figure.median, unit) : "not measured"}};
}

std::string summary_words(const Compliance& page) {
    const auto counted = [](std::size_t count, std::string_view noun) {
        return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
    };
    std::string words = fmt::format("{} of {} passed; {}, as of {}.", page.passed,
                                    counted(page.cells.size(), "cell"), counted(page.runs, "run"),
                                    page.today.empty() ? "no known day" : page.today);
    if (!page.unreadable.empty()) {
        words += " " + counted(page.unreadable.size(), "result") + " could not be read.";
    }
    return words;
}

const std::vector<std::string> definitions{
    "A cell is one service, in one tier, under one disruption. It passed only if its newest run "
    "met every declared target and the objective of its tier; a stale cell counts as not passed.",
    "Worst: the measured interval with the highest upper end over all runs of the cell. Median: of "
    "the upper ends, the higher one of two. A figure that some fault of a run left unmeasured is "
    "not measured in that run.",
    "n of n: after n passes out of n runs the probability of failing is below 1 − 0.05^(1/n) at "
    "95 % confidence; 59 passes are needed to claim 95 %.",
    "Trend: the newest run against the one before; overlapping intervals are no change.",
};

}  // namespace gameday::reporters
