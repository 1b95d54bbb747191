#include "reporters/compliance/runs.hpp"

#include "harness/ports/measure.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/json/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>

namespace gameday::reporters {

namespace {

const List& list_at(const Value& value, std::string_view name) {
    static const List none;
    const Value* member = value.find(name);
    const List* list = member == nullptr ? nullptr : member->as<List>();
    return list == nullptr ? none : *list;
}

std::string text_in(const Value* value, const std::string& name) {
    const Params* object = value == nullptr ? nullptr : value->as<Params>();
    return object == nullptr ? std::string() : text_at(*object, name);
}

std::optional<double> number_in(const Value& value, std::string_view name) {
    const Value* member = value.find(name);
    double storage = 0;
    const double* number = member == nullptr ? nullptr : member->number(storage);
    return number == nullptr ? std::optional<double>() : std::optional<double>(*number);
}

// As result.json writes it: a null high end is unbounded.
std::optional<Interval<double>> interval_in(const Value& measurement) {
    const Value* value = measurement.find("value");
    if (value == nullptr || value->as<Params>() == nullptr) return std::nullopt;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return Interval<double>{number_in(*value, "low").value_or(-infinity),
                            number_in(*value, "high").value_or(infinity)};
}

bool names(const Quantity& quantity, const std::string& metric) {
    return std::ranges::find(quantity.metrics, metric) != quantity.metrics.end();
}

std::optional<Interval<double>> worst_of(const List& measurements, const Quantity& quantity) {
    std::optional<Interval<double>> worst;
    for (const Value& each : measurements) {
        if (!names(quantity, text_in(&each, "metric"))) continue;
        if (!text_in(&each, "client_region").empty()) continue;
        const auto seen = interval_in(each);
        if (!seen) return std::nullopt;
        if (!worst) {
            worst = seen;
        } else {
            worst = Interval<double>{std::max(worst->low, seen->low),
                                     std::max(worst->high, seen->high)};
        }
    }
    return worst;
}

std::string declared_of(const List& targets, const Quantity& quantity) {
    std::vector<std::string> texts;
    for (const Value& each : targets) {
        const auto value = number_in(each, "value");
        if (!names(quantity, text_in(&each, "metric")) || !value) continue;
        const bool at_most = text_in(&each, "comparison") == "at_most";
        std::string text = (at_most ? "≤ " : "≥ ") + figure_text(*value, quantity.unit);
        if (text_in(&each, "severity") == "warn") text += " (warn)";
        if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
    }
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::optional<Verdict> verdict_named(const std::string& name) {
    for (const Verdict verdict : {Verdict::passed, Verdict::failed, Verdict::inconclusive,
                                  Verdict::aborted, Verdict::refused, Verdict::dirty}) {
        if (name_of(verdict) == name) return verdict;
    }
    return std::nullopt;
}

// The kinds of fault that were asked for, each once, in alphabetical order.
std::string disruption_of(const Value* scenario) {
    std::set<std::string> kinds;
    if (scenario != nullptr) {
        for (const Value& step : list_at(*scenario, "faults")) {
            kinds.insert(text_in(&step, "fault"));
        }
    }
    return kinds.empty() ? "none (control)" : fmt::format("{}", fmt::join(kinds, " + "));
}

}  // namespace

std::vector<Quantity> quantities_of(const Catalog& catalog) {
    std::vector<Quantity> quantities;
    std::uint8_t place = 0;
    for (const auto* metric : metrics_in_order(catalog, &MetricPlaces::objective)) {
        if (metric->traits.place.objective != place) {
            place = metric->traits.place.objective;
            quantities.push_back({std::string(metric->name),
                                  std::string(metric->traits.objective),
                                  metric->unit,
                                  {},
                                  metric->traits.tier_bound});
        }
        quantities.back().metrics.emplace_back(metric->name);
    }
    return quantities;
}

std::optional<ComplianceRun> read_run(const ComplianceInput& input,
                                      const std::vector<Quantity>& quantities) {
    const Value& result = input.result;
    const auto verdict = verdict_named(text_in(&result, "verdict"));
    if (text_in(&result, "schema") != result_schema || !verdict) return std::nullopt;
    const Value* scenario = result.find("scenario");
    ComplianceRun run;
    run.run_dir = input.run_dir;
    run.run_id = text_in(&result, "run_id");
    run.started_at = text_in(&result, "started_at");
    run.scenario = text_in(scenario, "name");
    run.service = text_in(scenario, "service");
    run.tier = text_in(scenario, "tier");
    run.disruption = disruption_of(scenario);
    run.scenario_sha256 = text_in(&result, "scenario_sha256");
    run.evidence_sha256 = text_in(&result, "evidence_sha256");
    run.verdict = *verdict;
    if (scenario != nullptr) run.time_scale = number_in(*scenario, "time_scale").value_or(1);
    const List& targets = list_at(result, "targets");
    for (const Value& each : targets) {
        const bool counts = text_in(&each, "severity") != "warn";
        if (counts && text_in(&each, "grade") != "met") run.targets_met = false;
    }
    for (const auto& quantity : quantities) {
        run.declared.push_back(declared_of(targets, quantity));
        run.observed.push_back(worst_of(list_at(result, "measurements"), quantity));
    }
    for (const Value& each : list_at(result, "not_tested")) {
        if (const auto* text = each.as<std::string>()) run.not_tested.push_back(*text);
    }
    return run;
}

}  // namespace gameday::reporters
