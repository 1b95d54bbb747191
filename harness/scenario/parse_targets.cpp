// tier, targets, stop_conditions and report: what is asked of the figures, and where they go.
#include "harness/model/params.hpp"
#include "harness/model/tiers.hpp"
#include "harness/ports/measure.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/scenario/draft.hpp"
#include "harness/scenario/names.hpp"
#include "harness/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::scenario {

namespace {

// Looks the metric up; fails at `place` with the nearest name.
const MetricSpec* known_metric(const Reader& place, std::string_view name, const Catalog& catalog) {
    if (const auto* metric = find_metric(catalog, name)) return metric;
    std::vector<std::string> known;
    for (const auto* measure : catalog.measures) {
        for (const auto& metric : measure->metrics) known.emplace_back(metric.name);
    }
    place.fail(not_known(name, "metric", known));
    return nullptr;
}

// The value in the metric's unit, and the text that reports quote.
bool read_value(const Reader& place, const MetricSpec& metric, TargetSpec& target) {
    std::optional<double> value;
    switch (metric.unit) {
        case Unit::seconds: {
            const auto duration = place.duration();
            if (duration) value = seconds(*duration);
            break;
        }
        case Unit::share: value = place.share(); break;
        case Unit::count: {
            const auto count = place.count();
            if (count) value = static_cast<double>(*count);
            break;
        }
        case Unit::per_second: value = place.number(); break;
    }
    if (!value) return false;
    target.value = *value;
    const auto text = place.is<std::string>() ? place.word() : std::nullopt;
    target.declared = text.value_or(seen(*place.value()));
    if (metric.unit == Unit::seconds && place.log().time_scale != 1) {
        target.declared += fmt::format(" x {}", place.log().time_scale);
    }
    return true;
}

void add(const Reader& place, TargetSpec target, Scenario& scenario) {
    for (const auto& other : scenario.targets) {
        if (other.id != target.id) continue;
        place.fail(
            fmt::format("\"{}\" is the id of an earlier target, write another \"id\"", target.id));
        return;
    }
    scenario.targets.push_back(std::move(target));
}

void read_short_form(Reader& targets, Draft& draft) {
    for (const auto& [name, place] : targets.members()) {
        if (name == "tier") continue;
        const auto* metric = known_metric(place, name, *draft.catalog);
        if (metric == nullptr) continue;
        TargetSpec target;
        target.id = target.metric = name;
        target.comparison = metric->comparison;
        if (read_value(place, *metric, target)) add(place, std::move(target), draft.scenario);
    }
}

void check_fault(const Reader& place, const std::string& name, const Scenario& scenario) {
    std::vector<std::string> known;
    for (const auto& step : scenario.faults) {
        if (step.name == name) return;
        known.push_back(step.name);
    }
    place.fail(not_known(name, "step of \"faults\"", known));
}

void read_target(Reader place, Draft& draft) {
    TargetSpec target;
    const Reader name = place.member("metric");
    if (!name.present()) name.fail("is missing, write what is measured, for example \"rto\"");
    target.metric = name.word().value_or("");
    const MetricSpec* metric = nullptr;
    if (name.is<std::string>()) metric = known_metric(name, target.metric, *draft.catalog);
    const Reader region = place.member("region");
    target.region = region.word().value_or("");
    if (region.is<std::string>()) check_region(region, target.region, draft);
    const Reader fault = place.member("fault");
    target.fault = fault.word().value_or("");
    if (fault.is<std::string>()) check_fault(fault, target.fault, draft.scenario);
    const Reader op = place.member("op");
    if (metric != nullptr) {
        target.comparison = metric->comparison;
        if (!op.present()) {
            op.took_default(comparison_names.at(static_cast<std::size_t>(metric->comparison)));
        }
    }
    if (const auto found = op.choice(comparison_names)) {
        target.comparison = static_cast<Comparison>(*found);
    }
    target.severity = static_cast<Severity>(place.choice_or("severity", severity_names, 0));
    const Reader value = place.member("value");
    if (!value.present()) value.fail("is missing, write the figure that must be reached");
    const Reader id = place.member("id");
    std::string default_id = target.metric;
    if (!target.region.empty()) default_id += "@" + target.region;
    if (!target.fault.empty()) default_id += "/" + target.fault;
    if (!id.present()) id.took_default(default_id);
    target.id = id.word().value_or(default_id);
    place.refuse_unknown();
    if (metric == nullptr || !value.present()) return;
    if (read_value(value, *metric, target)) add(id, std::move(target), draft.scenario);
}

// Adds the tier's targets that the file has not declared itself.
void read_tier(Reader& root, Reader& targets, Draft& draft) {
    const Reader outer = root.member("tier");
    const Reader inner = targets.member("tier");
    if (outer.present() && inner.present()) inner.fail("stands beside /tier, write one of the two");
    const Reader& place = outer.present() ? outer : inner;
    std::vector<std::string_view> names;
    for (const auto& tier : all_tiers()) names.push_back(tier.name);
    const auto found = place.choice(names);
    if (!found) return;
    const Tier& tier = all_tiers()[*found];
    auto& scenario = draft.scenario;
    scenario.tier = tier.name;
    for (const auto* metric : metrics_in_order(*draft.catalog, &MetricPlaces::objective)) {
        if (metric->traits.tier_bound == nullptr) continue;
        const Duration objective = tier.*metric->traits.tier_bound;
        const bool declared =
            std::any_of(scenario.targets.begin(), scenario.targets.end(),
                        [&](const TargetSpec& target) { return target.metric == metric->name; });
        if (declared) continue;
        TargetSpec target;
        target.id = target.metric = metric->name;
        target.value = seconds(scaled(objective, root.log().time_scale));
        target.declared = fmt::format("{} of {}", format_duration(objective), tier.name);
        root.log().defaults.push_back(
            fmt::format("{}/{}: {}", targets.pointer(), metric->name, target.declared));
        scenario.targets.push_back(std::move(target));
    }
}

void read_stop_conditions(Reader& root, Scenario& scenario) {
    for (Reader place : root.member("stop_conditions").list()) {
        if (!place.expect_object()) continue;
        StopCondition condition;
        constexpr std::array<std::string_view, 1> metrics{"success_rate"};
        const Reader metric = place.member("metric");
        if (!metric.present()) metric.fail("is missing, write \"success_rate\"");
        (void)metric.choice(metrics);  // read for its check: there is one metric so far
        condition.metric = metrics[0];
        const Reader below = place.member("below");
        if (!below.present()) below.fail("is missing, write the least share, for example 0.2");
        condition.below = below.share().value_or(0);
        const Reader length = place.member("for");
        if (!length.present()) {
            length.fail("is missing, write how long it must be so, for example \"10s\"");
        }
        condition.length = length.duration().value_or(Duration::zero());
        place.refuse_unknown();
        scenario.stop_conditions.push_back(std::move(condition));
    }
}

void read_report(Reader& root, Draft& draft) {
    Reader place = root.member("report");
    if (place.present() && !place.expect_object()) return;
    const Reader formats = place.member("formats");
    if (!formats.present()) formats.took_default("all");
    std::vector<std::string> known;
    for (const auto* kind : draft.catalog->reporters) known.emplace_back(kind->name);
    for (const Reader& each : formats.one_or_list()) {
        const auto name = each.word();
        if (!name) continue;
        if (find_kind(draft.catalog->reporters, *name) == nullptr) {
            each.fail(not_known(*name, "report format", known));
        }
        draft.scenario.formats.push_back(*name);
    }
    place.refuse_unknown();
}

}  // namespace

void read_targets(Reader& root, Draft& draft) {
    Reader targets = root.member("targets");
    if (!targets.present() && !root.member("tier").present()) {
        targets.took_default("none, figures are reported and nothing is judged");
    }
    if (targets.is<List>()) {
        for (Reader place : targets.list()) {
            if (place.expect_object()) read_target(place, draft);
        }
    } else if (targets.present()) {
        if (targets.is<Params>()) {
            read_short_form(targets, draft);
        } else {
            targets.fail(fmt::format("{} is {}, write {{\"rto\": \"30s\", …}} or a list of targets",
                                     seen(*targets.value()), targets.value()->kind()));
        }
    }
    read_tier(root, targets, draft);
    read_stop_conditions(root, draft.scenario);
    read_report(root, draft);
}

}  // namespace gameday::scenario
