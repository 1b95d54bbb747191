#include "harness/judge/judge.hpp"

#include "harness/judge/bite.hpp"
#include "harness/judge/findings.hpp"
#include "harness/judge/headline.hpp"
#include "harness/judge/instrument.hpp"
#include "harness/judge/timeline.hpp"
#include "harness/model/time_scale.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "harness/view/view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace gameday::judge {
namespace {

// Reasons by the verdict they call for, most severe first.
struct Reasons {
    std::vector<std::string> dirty, refused, aborted, failed, inconclusive;

    [[nodiscard]] Verdict verdict() const {
        if (!dirty.empty()) return Verdict::dirty;
        if (!refused.empty()) return Verdict::refused;
        if (!aborted.empty()) return Verdict::aborted;
        if (!failed.empty()) return Verdict::failed;
        return inconclusive.empty() ? Verdict::passed : Verdict::inconclusive;
    }
    [[nodiscard]] std::vector<std::string> all() const {
        std::vector<std::string> joined;
        for (const auto* list : {&dirty, &refused, &aborted, &failed, &inconclusive}) {
            joined.insert(joined.end(), list->begin(), list->end());
        }
        return joined;
    }
};

void weigh_ending(Reasons& reasons, const Evidence& evidence) {
    for (const auto& window : evidence.faults) {
        if (window.heal_error.empty()) continue;
        reasons.dirty.push_back(
            fmt::format("{} could not be healed: {}", window.name, window.heal_error));
    }
    const std::string why =
        evidence.ending_reason.empty() ? "no reason given" : evidence.ending_reason;
    if (evidence.ending == Ending::refused) reasons.refused.push_back("refused: " + why);
    if (evidence.ending == Ending::aborted) reasons.aborted.push_back("aborted: " + why);
    if (evidence.ending == Ending::cut_short) {
        reasons.inconclusive.push_back("the run was cut short: " + why);
    }
}

void weigh_findings(Reasons& reasons, Report& report, const Catalog& catalog) {
    for (const auto& finding : report.findings) {
        if (finding.grade == Grade::met) continue;
        if (finding.target.severity == Severity::warn) {
            report.warnings.push_back(finding.reason);
        } else if (finding.grade == Grade::missed) {
            reasons.failed.push_back(finding.reason);
        } else {
            reasons.inconclusive.push_back(finding.reason);
        }
    }
    const bool asks = std::ranges::any_of(report.findings, [&](const Finding& finding) {
        const auto* metric = find_metric(catalog, finding.target.metric);
        return finding.target.severity == Severity::fail &&
               (!finding.target.implied || (metric != nullptr && metric->traits.suffices));
    });
    if (!asks) {
        reasons.inconclusive.emplace_back(
            "no target is declared that can fail (severity warn only warns) and no fault is to be "
            "ridden out, so nothing can be passed");
    }
}

// Writes that were lost and that no target asks for: those of the way back are in no recovery
// point.
void warn_of_losses(Report& report, const Catalog& catalog) {
    for (const auto* metric : metrics_in_order(catalog, &MetricPlaces::loss_warning)) {
        const auto is_it = [&](const auto& each) { return each.metric == metric->name; };
        const bool asked = std::ranges::any_of(report.scenario.targets, is_it);
        const auto found = std::ranges::find_if(report.measurements, [&](const auto& each) {
            return is_it(each) && each.client_region.empty() && each.value && each.value->low > 0;
        });
        if (asked || found == report.measurements.end()) continue;
        report.warnings.push_back(
            fmt::format("{} is {}, and no target asks for it: write \"{}\": 0 into targets",
                        metric->name, format_interval(*found->value, found->unit), metric->name));
        return;
    }
}

// Spans that no fault explains: they are in outage time and availability, and in no RTO.
void warn_of_outages(Report& report, const view::View& view) {
    for (const auto& stream : view.streams) {
        for (const auto& span : stream.spans) {
            const bool during = !span.end || span.end->high > view.evidence.active.low;
            const bool explained = std::ranges::any_of(view.faults, [&](const auto& fault) {
                return view::was_under_way(span, fault) ||
                       view::belongs(span, fault, view.faults, view.scenario.minimum.hold) !=
                           view::Belongs::no;
            });
            if (!during || explained) continue;
            const Instant end = span.end ? span.end->high : view.evidence.active.high;
            report.warnings.push_back(fmt::format(
                "{} down for {} outside any fault, {} after the faults began: no RTO holds it",
                stream.name(view.scenario), format_duration(end - span.start.low),
                format_duration(
                    std::max(Duration::zero(), span.start.low - view.evidence.active.low))));
        }
    }
}

// Names in order, as "a, b, c".
std::string listed(const std::set<std::string_view>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> not_tested(const Scenario& scenario, const Evidence& evidence,
                                    const Catalog& catalog) {
    std::set<std::string_view> kinds;
    for (const FaultKind* kind : catalog.faults) kinds.insert(kind->name);
    for (const auto& step : scenario.faults) kinds.erase(step.fault);
    std::set<std::string_view> metrics;
    for (const Measure* measure : catalog.measures) {
        for (const auto& metric : measure->metrics) metrics.insert(metric.name);
    }
    for (const auto& target : scenario.targets) metrics.erase(target.metric);
    std::set<std::string_view> spared;
    for (const auto& region : evidence.topology.regions) spared.insert(region.name);
    for (const auto& window : evidence.faults) {
        for (const NodeId node : window.nodes) {
            spared.erase(evidence.topology.region(evidence.topology.region_of(node)).name);
        }
    }
    std::vector<std::string> lines;
    if (!kinds.empty()) lines.push_back("fault kinds not injected: " + listed(kinds));
    if (!spared.empty()) lines.push_back("regions no fault was aimed at: " + listed(spared));
    if (!metrics.empty()) lines.push_back("measured, without a target: " + listed(metrics));
    return lines;
}

std::array<std::uint64_t, 3> count_outcomes(const Evidence& evidence) {
    std::array<std::uint64_t, 3> counts{};
    for (const auto& operation : evidence.operations) {
        if (operation.phase == Phase::final_read) continue;
        ++counts.at(static_cast<std::size_t>(operation.outcome));
    }
    return counts;
}

}  // namespace

Report judge(const Scenario& scenario, const Evidence& evidence, const Catalog& catalog) {
    Report report;
    report.scenario = scenario;
    report.faults = evidence.faults;
    report.connections = evidence.connections;
    report.causes = evidence.causes;
    report.steady = evidence.steady;
    report.active = evidence.active;
    report.instrument = evidence.instrument;
    report.started_at = evidence.started_at;
    report.program_version = evidence.program_version;
    report.outcomes = count_outcomes(evidence);
    for (const Measure* measure : catalog.measures) {
        report.measures.push_back({std::string(measure->name), std::string(measure->title),
                                   std::string(measure->meaning)});
    }
    for (const auto* metric : metrics_in_order(catalog, &MetricPlaces::key_figure)) {
        report.key_metrics.push_back(
            {std::string(metric->name), metric->comparison, metric->traits.across_regions});
    }
    const auto view = view::look(scenario, evidence);
    report.measurements = measure_all(view, catalog);
    const auto targets = targets_of(scenario, report.measurements, catalog);
    report.findings = find_all(view, targets, report.measurements, catalog);
    report.warnings = evidence.notes;
    warn_of_losses(report, catalog);
    warn_of_outages(report, view);
    if (auto warning = scale_warning(scenario); !warning.empty()) {
        report.warnings.push_back(std::move(warning));
    }

    Reasons reasons;
    weigh_ending(reasons, evidence);
    // A run that never loaded the system has nothing more to say than why.
    if (evidence.ending != Ending::refused) {
        weigh_findings(reasons, report, catalog);
        std::ranges::move(without_bite(view), std::back_inserter(reasons.inconclusive));
        std::ranges::move(pulses_without_bite(view), std::back_inserter(report.warnings));
        for (const auto& window : evidence.faults) {
            if (window.trouble.empty()) continue;
            reasons.inconclusive.push_back(fmt::format("{}: {}", window.name, window.trouble));
        }
        auto doubts = doubts_of(view, targets, catalog);
        std::ranges::move(doubts.refused, std::back_inserter(reasons.refused));
        std::ranges::move(doubts.failed, std::back_inserter(reasons.failed));
        std::ranges::move(doubts.inconclusive, std::back_inserter(reasons.inconclusive));
        std::move(doubts.warnings.begin(), doubts.warnings.end(),
                  std::back_inserter(report.warnings));
    }
    // An implied target that is met says nothing to a reader, but for a fault that was ridden out.
    std::erase_if(report.findings, [](const Finding& finding) {
        return finding.target.implied && finding.grade == Grade::met &&
               finding.measurement.fault.empty();
    });
    report.verdict = reasons.verdict();
    report.reasons = reasons.all();
    report.not_tested = not_tested(scenario, evidence, catalog);
    report.headline = headline(view, report.measurements, catalog);
    report.timeline = timeline_of(scenario, evidence, report.measurements, catalog);
    return report;
}

}  // namespace gameday::judge
