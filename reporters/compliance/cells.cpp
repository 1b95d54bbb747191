#include "reporters/compliance/cells.hpp"

#include "harness/model/tiers.hpp"
#include "reporters/common/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace gameday::reporters {

namespace {

constexpr std::string_view no_fault = "none (control)";

// The day that "2026-01-31…" begins with; nothing when it does not begin so.
std::optional<std::chrono::sys_days> day_of(std::string_view text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    if (text.size() < 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto read = [&](std::size_t at, std::size_t length, auto& number) {
        const char* end = text.data() + at + length;
        return std::from_chars(text.data() + at, end, number).ptr == end;
    };
    if (!read(0, 4, year) || !read(5, 2, month) || !read(8, 2, day)) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

// "15 min", not "15 min 0 s".
std::string objective_text(Duration objective) {
    std::string text = format_duration(objective);
    for (const std::string_view nothing : {" 0 s", " 0 min"}) {
        if (text.ends_with(nothing)) text.resize(text.size() - nothing.size());
    }
    return text;
}

Grade grade_within(const std::optional<Interval<double>>& observed, Duration objective) {
    TargetSpec target;
    target.value = seconds(objective);
    Measurement measurement;
    measurement.value = observed;
    return grade(target, measurement);
}

void judge(ComplianceCell& cell, const std::vector<Quantity>& quantities) {
    const ComplianceRun& run = cell.newest();
    cell.verdict = run.verdict;
    if (cell.verdict == Verdict::passed && !run.targets_met) cell.verdict = Verdict::inconclusive;
    const Tier* tier = find_tier(cell.tier);
    if (tier == nullptr) {
        if (!cell.tier.empty()) {
            cell.notes.push_back(cell.tier + " is not a named tier: only declared targets count");
        }
        return;
    }
    cell.tier_objective =
        fmt::format("RTO ≤ {}, RPO ≤ {}", objective_text(tier->rto), objective_text(tier->rpo));
    if (cell.disruption == no_fault) return;
    std::vector<std::string> unknown;
    std::vector<Grade> grades;
    for (std::size_t i = 0; i < quantities.size(); ++i) {
        const Quantity& quantity = quantities[i];
        if (quantity.tier_bound == nullptr) continue;
        grades.push_back(grade_within(run.observed.at(i), tier->*quantity.tier_bound));
        if (run.observed.at(i)) continue;
        unknown.push_back(fmt::format("the {} of {} was not measured", quantity.title, cell.tier));
    }
    if (grades.empty()) return;
    const bool missed = std::ranges::count(grades, Grade::missed) > 0;
    const bool met = std::ranges::count(grades, Grade::met) == std::ssize(grades);
    cell.tier_grade = missed ? Grade::missed : met ? Grade::met : Grade::inconclusive;
    if (missed && cell.verdict == Verdict::passed) cell.verdict = Verdict::failed;
    if (missed) cell.notes.push_back("outside the objective of " + cell.tier);
    std::ranges::move(unknown, std::back_inserter(cell.notes));
}

CellFigure figure_of(const std::vector<ComplianceRun>& runs, std::size_t quantity) {
    CellFigure figure;
    figure.declared = runs.back().declared.at(quantity);
    std::vector<double> highs;
    for (const auto& run : runs) {
        const auto& seen = run.observed.at(quantity);
        if (!seen) continue;
        highs.push_back(seen->high);
        const bool worse = !figure.worst || seen->high > figure.worst->high ||
                           (seen->high == figure.worst->high && seen->low > figure.worst->low);
        if (worse) figure.worst = seen;
    }
    figure.measured = highs.size();
    if (highs.empty()) return figure;
    std::ranges::sort(highs);
    figure.median = highs.at(highs.size() / 2);  // the upper one of two: never towards a pass
    return figure;
}

// Only what the error bounds allow: two intervals that overlap are no change.
std::string trend_of(const std::vector<ComplianceRun>& runs,
                     const std::vector<Quantity>& quantities) {
    if (runs.size() < 2) return "first run";
    const ComplianceRun& now = runs.back();
    const ComplianceRun& before = runs[runs.size() - 2];
    std::string trend = now.verdict == before.verdict
                            ? fmt::format("{} again", name_of(now.verdict))
                            : fmt::format("{} → {}", name_of(before.verdict), name_of(now.verdict));
    for (std::size_t i = 0; i < quantities.size(); ++i) {
        const Quantity& quantity = quantities[i];
        const auto& a = before.observed.at(i);
        const auto& b = now.observed.at(i);
        if (!a || !b || (a->low <= b->high && b->low <= a->high)) continue;
        trend +=
            fmt::format("; {} {}: {} → {}", quantity.title, b->low > a->high ? "worse" : "better",
                        figure_text(a, quantity.unit), figure_text(b, quantity.unit));
    }
    return trend;
}

void add_notes(ComplianceCell& cell) {
    std::set<std::string> files;
    for (const auto& run : cell.runs) files.insert(run.scenario_sha256);
    if (files.size() > 1) {
        cell.notes.push_back(
            fmt::format("the runs are of {} different scenario files", files.size()));
    }
    if (cell.newest().time_scale != 1) {
        cell.notes.push_back(
            fmt::format("declared times were multiplied by {:.6g}", cell.newest().time_scale));
    }
}

void fill(ComplianceCell& cell, const std::vector<Quantity>& quantities,
          const std::optional<std::chrono::sys_days>& today, int stale_days) {
    std::ranges::stable_sort(cell.runs, [](const auto& a, const auto& b) {
        return std::tie(a.started_at, a.run_id) < std::tie(b.started_at, b.run_id);
    });
    judge(cell, quantities);
    for (std::size_t i = 0; i < quantities.size(); ++i) {
        cell.figures.push_back(figure_of(cell.runs, i));
    }
    cell.passed = static_cast<std::size_t>(std::ranges::count_if(
        cell.runs, [](const auto& run) { return run.verdict == Verdict::passed; }));
    if (cell.passed == cell.runs.size()) {
        cell.failure_bound = 1 - std::pow(0.05, 1.0 / static_cast<double>(cell.runs.size()));
    }
    const auto day = day_of(cell.newest().started_at);
    cell.stale = !day || (today && *today - *day > std::chrono::days(stale_days));
    cell.trend = trend_of(cell.runs, quantities);
    add_notes(cell);
}

std::string place_of(const std::string& service, const std::string& tier) {
    return (service.empty() ? "(service not named)" : service) + ", " +
           (tier.empty() ? "no tier" : tier);
}

// Combinations of what was seen that have no run, tiers and kinds nobody tested, stale cells.
std::vector<std::string> gaps(const Compliance& page, const ComplianceScope& scope) {
    std::set<std::string> disruptions(scope.disruptions.begin(), scope.disruptions.end());
    std::map<std::string, std::set<std::string>> tested;
    std::set<std::string> tiers;
    for (const auto& cell : page.cells) {
        disruptions.insert(cell.disruption);
        tested[place_of(cell.service, cell.tier)].insert(cell.disruption);
        tiers.insert(cell.tier);
    }
    disruptions.erase(std::string(no_fault));
    std::vector<std::string> lines;
    for (const auto& cell : page.cells) {
        if (!cell.stale) continue;
        lines.push_back(fmt::format(
            "stale: {}, {}: the newest run is of {}", place_of(cell.service, cell.tier),
            cell.disruption,
            cell.newest().started_at.empty() ? "no known day" : cell.newest().started_at));
    }
    for (const auto& [place, done] : tested) {
        for (const auto& disruption : disruptions) {
            if (!done.contains(disruption)) lines.push_back("no run: " + place + ", " + disruption);
        }
    }
    for (const Tier& tier : all_tiers()) {
        const std::string name(tier.name);
        if (!tiers.contains(name)) lines.push_back("no run of any service of " + name);
    }
    std::set<std::string> said;
    for (const auto& cell : page.cells) {
        for (const auto& text : cell.newest().not_tested) {
            if (said.insert(text).second) lines.push_back("no run tests: " + text);
        }
    }
    return lines;
}

Verdict overall(const Compliance& page) {
    if (page.cells.empty()) return Verdict::inconclusive;
    if (page.passed == page.cells.size() && page.unreadable.empty()) return Verdict::passed;
    const bool failed = std::ranges::any_of(page.cells, [](const auto& cell) {
        return cell.verdict == Verdict::failed || cell.verdict == Verdict::dirty;
    });
    return failed ? Verdict::failed : Verdict::inconclusive;
}

}  // namespace

Compliance compliance_of(const std::vector<ComplianceInput>& inputs, const ComplianceScope& scope) {
    Compliance page;
    std::map<std::tuple<std::string, std::string, std::string>, ComplianceCell> cells;
    std::set<std::pair<std::string, std::string>> seen;
    page.today = scope.today;
    page.quantities = scope.quantities;
    for (const auto& input : inputs) {
        auto run = read_run(input, scope.quantities);
        if (!run) {
            page.unreadable.push_back(input.run_dir);
            continue;
        }
        const bool known = !run->evidence_sha256.empty() || !run->run_id.empty();
        if (known && !seen.insert({run->run_id, run->evidence_sha256}).second) continue;
        ++page.runs;
        if (scope.today.empty()) page.today = std::max(page.today, run->started_at.substr(0, 10));
        auto& cell = cells[{run->service, run->tier, run->disruption}];
        cell.service = run->service;
        cell.tier = run->tier;
        cell.disruption = run->disruption;
        cell.runs.push_back(std::move(*run));
    }
    for (auto& [key, cell] : cells) {
        fill(cell, scope.quantities, day_of(page.today), scope.stale_after_days);
        if (cell.verdict == Verdict::passed && !cell.stale) ++page.passed;
        page.cells.push_back(std::move(cell));
    }
    page.not_tested = gaps(page, scope);
    page.verdict = overall(page);
    return page;
}

}  // namespace gameday::reporters
