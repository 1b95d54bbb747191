#include "harness/json/json.hpp"
#include "reporters/common/words.hpp"
#include "reporters/compliance/cells.hpp"
#include "reporters/json/values.hpp"

namespace gameday::reporters {

namespace {

Value count_value(std::size_t count) { return {static_cast<std::int64_t>(count)}; }

Value run_value(const ComplianceRun& run) {
    return Params{{"run_dir", text_value(run.run_dir)},
                  {"run_id", text_value(run.run_id)},
                  {"started_at", text_value(run.started_at)},
                  {"scenario", text_value(run.scenario)},
                  {"verdict", std::string(name_of(run.verdict))},
                  {"time_scale", number_value(run.time_scale)},
                  {"scenario_sha256", text_value(run.scenario_sha256)},
                  {"evidence_sha256", text_value(run.evidence_sha256)}};
}

Value figure_value(const CellFigure& figure, Unit unit) {
    return Params{{"unit", std::string(name_of(unit))},
                  {"declared", text_value(figure.declared)},
                  {"worst", interval_value(figure.worst)},
                  {"median", figure.median ? number_value(*figure.median) : Value()},
                  {"measured_runs", count_value(figure.measured)}};
}

Value cell_value(const ComplianceCell& cell, const std::vector<Quantity>& quantities) {
    Params figures;
    for (std::size_t i = 0; i < quantities.size(); ++i) {
        const Quantity& quantity = quantities[i];
        figures[quantity.name] = figure_value(cell.figures.at(i), quantity.unit);
    }
    List runs;
    for (const auto& run : cell.runs) runs.push_back(run_value(run));
    return Params{
        {"service", text_value(cell.service)},
        {"tier", text_value(cell.tier)},
        {"tier_objective", text_value(cell.tier_objective)},
        {"tier_grade", cell.tier_grade ? Value(std::string(name_of(*cell.tier_grade))) : Value()},
        {"disruption", text_value(cell.disruption)},
        {"verdict", std::string(name_of(cell.verdict))},
        {"stale", cell.stale},
        {"passed_runs", count_value(cell.passed)},
        {"failure_probability_bound", cell.failure_bound ? Value(*cell.failure_bound) : Value()},
        {"figures", std::move(figures)},
        {"trend", text_value(cell.trend)},
        {"notes", texts_value(cell.notes)},
        {"runs", std::move(runs)}};
}

}  // namespace

std::string compliance_json(const std::vector<ComplianceInput>& inputs,
                            const ComplianceScope& scope) {
    const Compliance page = compliance_of(inputs, scope);
    List cells;
    for (const auto& cell : page.cells) cells.push_back(cell_value(cell, page.quantities));
    return json::print_pretty(Params{{"schema", "gameday-compliance/1"},
                                     {"as_of", text_value(page.today)},
                                     {"verdict", std::string(name_of(page.verdict))},
                                     {"runs", count_value(page.runs)},
                                     {"passed_cells", count_value(page.passed)},
                                     {"cells", std::move(cells)},
                                     {"not_tested", texts_value(page.not_tested)},
                                     {"unreadable", texts_value(page.unreadable)}});
}

}  // namespace gameday::reporters
