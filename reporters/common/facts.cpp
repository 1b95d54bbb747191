#include "reporters/common/facts.hpp"

#include "reporters/common/connections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace gameday::reporters {

namespace {

// Beyond this many seconds (some 290 years) a Duration can not hold the figure.
constexpr double duration_max_s = 9.2e9;
constexpr std::string_view not_measured = "not measured";

std::string exact_text(double value, Unit unit) {
    switch (unit) {
        case Unit::seconds: return fmt::format("{:.9g} s", value);
        case Unit::share: return fmt::format("{:.9g} %", value * 100);
        case Unit::count: return fmt::format("{:.15g}", value);
        case Unit::per_second: return fmt::format("{:.9g}/s", value);
    }
    return {};
}

std::string plain_text(double value, Unit unit) {
    if (std::isnan(value)) return std::string(not_measured);
    if (unit == Unit::seconds && std::isfinite(value) && std::abs(value) > duration_max_s) {
        return fmt::format("{:.3g} s", value);
    }
    return format_value(value, unit);
}

// The text of a declared value reads back as the value itself, digits and all.
std::string declared_text(const TargetSpec& target, Unit unit) {
    std::string value = plain_text(target.value, unit);
    if (unit == Unit::seconds && std::abs(target.value) < duration_max_s) {
        std::string literal = value;
        std::erase(literal, ' ');
        const auto read_back = parse_duration(literal);
        if (!read_back || *read_back != from_seconds(target.value)) {
            value = exact_text(target.value, unit);
        }
    }
    return (target.comparison == Comparison::at_most ? "≤ " : "≥ ") + value;
}

std::string place_text(const std::string& fault, const std::string& client_region) {
    if (client_region.empty()) return fault;
    return (fault.empty() ? "" : fault + ", ") + "clients of " + client_region;
}

std::string proof_text(const FaultWindow& fault) {
    if (fault.affected > 0) {
        return fault.affected == 1 ? "bit once" : fmt::format("bit {} times", fault.affected);
    }
    if (fault.affected == 0) return "no proof: it never bit";
    return "the device can not count; traffic must show it";
}

std::string node_names(const FaultWindow& fault, const Topology& topology) {
    std::vector<std::string> names;
    for (const NodeId node : fault.nodes) {
        names.push_back(node.index() < topology.nodes.size() ? topology.node(node).name : "?");
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

MeasureRow row_of(const Report& report, const Measurement& seen) {
    MeasureRow row;
    row.metric = metric_title(report, seen.metric);
    row.where = place_text(seen.fault, seen.client_region);
    row.value = figure_text(seen.value, seen.unit);
    row.remark = seen.why;
    for (const Figure& figure : seen.figures) {
        row.figures.push_back({metric_title(report, figure.name),
                               figure.value ? figure_text(figure.value, figure.unit) : "absent"});
    }
    return row;
}

// One criterion and the metrics that share it, so that it is printed once.
struct Criterion {
    std::string words;
    std::vector<std::string> metrics;
};

void collect(std::vector<Criterion>& criteria, const Report& report, const Measurement& seen) {
    if (seen.criterion.empty()) return;
    auto known = std::ranges::find(criteria, seen.criterion, &Criterion::words);
    if (known == criteria.end()) known = criteria.insert(known, {seen.criterion, {}});
    const auto metric = metric_title(report, seen.metric);
    auto& metrics = known->metrics;
    if (std::ranges::find(metrics, metric) == metrics.end()) {
        metrics.push_back(metric);
    }
}

// What the catalogue says of a measure; its name when it says nothing.
MeasureWords words_of(const Report& report, const std::string& measure) {
    const auto known = std::ranges::find(report.measures, measure, &MeasureWords::name);
    return known == report.measures.end() ? MeasureWords{measure, measure, ""} : *known;
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return fmt::format("{}", part);
    return fmt::format("{} ({:.4g} %)", part,
                       100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// In one region nothing can be owned by two or change over: only what was seen all the same counts.
bool says_nothing(const Report& report, const KeyMetric& metric, const Measurement& seen) {
    return metric.across_regions && report.scenario.topology.regions.size() < 2 &&
           seen.value->high <= 0;
}

void add(std::vector<NamedText>& facts, std::string name, std::string text) {
    if (!text.empty()) facts.push_back({std::move(name), std::move(text)});
}

std::string level_text(const MinimumLevel& minimum) {
    std::string text = fmt::format("{:.6g} % success", minimum.success * 100);
    if (minimum.latency > Duration::zero()) {
        text += ", answers within " + format_duration(minimum.latency);
    }
    return text + ", held for " + format_duration(minimum.hold);
}

}  // namespace

std::string figure_text(double value, Unit unit, std::optional<double> beside) {
    std::string text = plain_text(value, unit);
    const bool alike =
        beside && std::isfinite(value) && value != *beside && text == plain_text(*beside, unit);
    return alike ? exact_text(value, unit) : text;
}

std::string figure_text(const std::optional<Interval<double>>& value, Unit unit,
                        std::optional<double> beside) {
    if (!value || std::isnan(value->low) || std::isnan(value->high)) {
        return std::string(not_measured);
    }
    if (std::isinf(value->low) && std::isinf(value->high)) {
        return value->low < 0 && value->high > 0 ? std::string(not_measured) : "unbounded";
    }
    if (std::isinf(value->high)) return "> " + figure_text(value->low, unit, beside);
    const std::string low = figure_text(value->low, unit, beside);
    const std::string high = figure_text(value->high, unit, beside);
    const bool exact = low != plain_text(value->low, unit) || high != plain_text(value->high, unit);
    const bool long_span = unit == Unit::seconds && (std::abs(value->low) > duration_max_s ||
                                                     std::abs(value->high) > duration_max_s);
    if (!exact && !long_span) return format_interval(*value, unit);
    return low == high ? high : low + " – " + high;
}

std::string metric_title(const Report& report, std::string_view name) {
    const auto named = [&](const Measurement& seen) {
        return seen.metric == name && !seen.title.empty();
    };
    const auto known = std::ranges::find_if(report.measurements, named);
    if (known != report.measurements.end()) return known->title;
    std::string words(name);
    std::ranges::replace(words, '_', ' ');
    return words;
}

std::string scale_banner(const Report& report) {
    const double scale = report.scenario.time_scale;
    if (scale == 1) return {};
    return fmt::format(
        "Times × {:.6g}: a scaled run. Declared times and targets were multiplied by it, defaults "
        "were not, so it says nothing about the targets as their file states them.",
        scale);
}

std::vector<TargetRow> target_rows(const Report& report) {
    std::vector<TargetRow> rows;
    for (const Finding& finding : report.findings) {
        const Measurement& seen = finding.measurement;
        const TargetSpec& target = finding.target;
        TargetRow row;
        row.id = target.id.empty() ? target.metric : target.id;
        row.declared = declared_text(target, seen.unit);
        row.observed = figure_text(seen.value, seen.unit, target.value);
        row.grade = finding.grade;
        row.warn_only = target.severity == Severity::warn;
        row.implied = target.implied;
        row.reason = finding.reason;
        row.where = place_text(seen.fault, seen.client_region);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<MeasureGroup> measure_groups(const Report& report) {
    std::vector<MeasureGroup> groups;
    std::vector<std::vector<Criterion>> criteria;
    std::vector<bool> uncovered;  // some figure of the group came without a criterion
    for (const Measurement& seen : report.measurements) {
        auto group = std::ranges::find(groups, seen.measure, &MeasureGroup::measure);
        if (group == groups.end()) {
            groups.push_back({seen.measure, words_of(report, seen.measure).title, {}, {}});
            criteria.emplace_back();
            uncovered.push_back(false);
            group = std::prev(groups.end());
        }
        const auto index = static_cast<std::size_t>(group - groups.begin());
        collect(criteria[index], report, seen);
        if (seen.criterion.empty()) uncovered[index] = true;
        group->rows.push_back(row_of(report, seen));
    }
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (const auto& each : criteria[i]) {
            groups[i].definitions.push_back(
                fmt::format("{}: {}", fmt::join(each.metrics, "; "), each.words));
        }
        const auto known = words_of(report, groups[i].measure).meaning;
        if (uncovered[i] && !known.empty()) groups[i].definitions.push_back(known);
    }
    return groups;
}

Interval<double> fault_length(const FaultWindow& fault) {
    if (!fault.healed) return {0, std::numeric_limits<double>::infinity()};
    const auto force = difference(*fault.healed, fault.injected);
    return {std::max(0.0, seconds(force.low)), seconds(force.high)};
}

std::vector<FaultRow> fault_rows(const Report& report) {
    std::vector<FaultRow> rows;
    for (const FaultWindow& fault : report.faults) {
        FaultRow row;
        row.name = fault.name;
        row.kind = fault.kind;
        row.aimed_at = node_names(fault, report.scenario.topology);
        row.at = fmt::format("{:+.2f} s", seconds(fault.injected.low - report.active.low));
        row.proof = proof_text(fault);
        row.proven = fault.affected > 0;
        row.healed = fault.healed.has_value() && fault.heal_error.empty();
        if (fault.healed) {
            row.length = format_interval(fault_length(fault), Unit::seconds);
            row.healing =
                fmt::format("at {:+.2f} s", seconds(fault.healed->high - report.active.low));
        } else {
            row.length = "until the end";
            row.healing = "NOT HEALED";
        }
        if (!fault.heal_error.empty()) row.healing = "NOT HEALED: " + fault.heal_error;
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<std::string> fault_notes(const Report& report) {
    std::vector<std::string> notes;
    const auto add = [&notes](const FaultWindow& fault, const std::string& note) {
        auto text = fault.name + ": " + note;
        if (std::ranges::find(notes, text) == notes.end()) {
            notes.push_back(std::move(text));
        }
    };
    for (const FaultWindow& fault : report.faults) {
        for (const auto& note : fault.notes) add(fault, note);
        if (const auto met = met_text(report, fault.id); !met.empty()) add(fault, met);
    }
    return notes;
}

std::vector<NamedText> key_figures(const Report& report) {
    std::vector<NamedText> figures;
    for (const KeyMetric& metric : report.key_metrics) {
        const bool least = metric.comparison == Comparison::at_least;
        const Measurement* worst = nullptr;
        for (const Measurement& seen : report.measurements) {
            if (seen.metric != metric.name || !seen.client_region.empty() || !seen.value) continue;
            const bool worse = worst == nullptr || (least ? seen.value->low < worst->value->low
                                                          : seen.value->high > worst->value->high);
            if (worse) worst = &seen;
        }
        if (worst == nullptr || says_nothing(report, metric, *worst)) continue;
        add(figures, metric_title(report, metric.name), figure_text(worst->value, worst->unit));
    }
    return figures;
}

std::vector<NamedText> run_facts(const Report& report) {
    const Scenario& scenario = report.scenario;
    std::vector<NamedText> facts;
    add(facts, "Scenario", scenario.name);
    add(facts, "Title", scenario.title);
    add(facts, "Hypothesis", scenario.hypothesis);
    add(facts, "Service", scenario.service);
    add(facts, "Tier", scenario.tier);
    add(facts, "Owner", scenario.owner);
    add(facts, "Tags", fmt::format("{}", fmt::join(scenario.tags, ", ")));
    add(facts, "Run", report.run_id);
    add(facts, "Started", report.started_at);
    add(facts, "Seed", fmt::format("{}", scenario.seed));
    add(facts, "Time scale",
        scenario.time_scale == 1 ? std::string("1 (declared times as written)")
                                 : fmt::format("{:.6g} (all declared times were multiplied by it)",
                                               scenario.time_scale));
    add(facts, "Minimum level", level_text(scenario.minimum));
    add(facts, "Steady state",
        fmt::format("{:.2f} s before the first fault",
                    seconds(report.steady.high - report.steady.low)));
    add(facts, "Under fault and after",
        fmt::format("{:.2f} s of load", seconds(report.active.high - report.active.low)));
    add(facts, "Program",
        report.program_version.empty() ? "" : "gameday " + report.program_version);
    add(facts, "Exit code",
        fmt::format("{} ({})", exit_code(report.verdict), name_of(report.verdict)));
    add(facts, "Scenario SHA-256", report.scenario_sha256);
    add(facts, "Evidence SHA-256", report.evidence_sha256);
    return facts;
}

std::vector<NamedText> instrument_facts(const Report& report) {
    const InstrumentHealth& health = report.instrument;
    const auto total = report.outcomes[0] + report.outcomes[1] + report.outcomes[2];
    std::vector<NamedText> facts;
    add(facts, "Operations", fmt::format("{}", total));
    add(facts, "Outcome ok", share_text(report.outcomes[0], total));
    add(facts, "Outcome failed", share_text(report.outcomes[1], total));
    add(facts, "Outcome unknown", share_text(report.outcomes[2], total));
    add(facts, "Lateness of our own sending",
        fmt::format("p50 {}, p99 {}, max {}", format_duration(health.lateness_p50),
                    format_duration(health.lateness_p99), format_duration(health.lateness_max)));
    add(facts, "Operations shed", fmt::format("{}", health.shed));
    double rate = 0;
    for (const LoadSpec& load : report.scenario.loads) rate += load.rate_per_s;
    if (rate > 0) {
        add(facts, "Resolution",
            fmt::format("one operation every {} over all clients at {:.6g}/s",
                        format_duration(from_seconds(1 / rate)), rate));
    }
    return facts;
}

}  // namespace gameday::reporters
