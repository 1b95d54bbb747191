#include "harness/judge/findings.hpp"

#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>

namespace gameday::judge {
namespace {

bool names(const TargetSpec& target, const Measurement& measurement) {
    return measurement.metric == target.metric &&
           (target.region.empty() || measurement.client_region == target.region) &&
           (target.fault.empty() || measurement.fault == target.fault);
}

int severity(Grade grade) {
    if (grade == Grade::missed) return 2;
    return grade == Grade::inconclusive ? 1 : 0;
}

// Larger is worse.
std::tuple<int, double, double> badness(const TargetSpec& target, const Measurement& measurement) {
    const int rank = severity(grade(target, measurement));
    if (!measurement.value) {
        const double most = std::numeric_limits<double>::infinity();
        return {rank, most, most};
    }
    const auto [low, high] = *measurement.value;
    return target.comparison == Comparison::at_most ? std::tuple(rank, high, low)
                                                    : std::tuple(rank, -low, -high);
}

std::string scope_words(const Measurement& measurement) {
    std::string words;
    if (!measurement.client_region.empty()) {
        words += fmt::format(" for clients of {}", measurement.client_region);
    }
    if (!measurement.fault.empty()) words += fmt::format(" after {}", measurement.fault);
    return words;
}

std::string reason_for(const TargetSpec& target, Grade result, const Measurement& measurement) {
    const std::string declared =
        target.declared.empty() ? format_value(target.value, measurement.unit) : target.declared;
    const char* wanted = target.comparison == Comparison::at_most ? "at most" : "at least";
    const std::string subject = target.metric + scope_words(measurement);
    if (!measurement.value) {
        return fmt::format("{} could not be measured: {}", subject, measurement.why);
    }
    const auto value = format_interval(*measurement.value, measurement.unit);
    switch (result) {
        case Grade::met: return fmt::format("{} is {}, {} {}", subject, value, wanted, declared);
        case Grade::missed:
            return fmt::format("{} is {}, wanted {} {}", subject, value, wanted, declared);
        case Grade::inconclusive: break;
    }
    return fmt::format("{} is {}: the target, {} {}, lies inside what is not known{}", subject,
                       value, wanted, declared,
                       measurement.why.empty() ? "" : " (" + measurement.why + ")");
}

bool covers(const TargetSpec& target, const MetricSpec& metric, const view::StreamKey& key,
            const Topology& topology) {
    if (metric.traits.verb && *metric.traits.verb != key.verb) return false;
    return target.region.empty() || topology.region_name(key.region) == target.region;
}

// What a target that was met must not be called when the load is too coarse to tell.
void weigh_resolution(Finding& finding, double resolution) {
    constexpr double too_coarse = 0.5;  // of the target
    if (finding.grade != Grade::met || resolution <= too_coarse * finding.target.value) return;
    finding.grade = Grade::inconclusive;
    finding.reason +=
        fmt::format(", but arrivals are up to {} apart, more than half of it: raise the rate",
                    format_value(resolution, Unit::seconds));
}

// The same of shares: of one operation, against what the target lets be bad.
void weigh_load(Finding& finding) {
    constexpr double too_coarse = 0.5;
    const auto& measurement = finding.measurement;
    if (finding.grade != Grade::met) return;
    if (!measurement.too_thin.empty()) {
        finding.grade = Grade::inconclusive;
        finding.reason += ", but the load is too thin to tell: " + measurement.too_thin;
        return;
    }
    const double allowed = 1 - finding.target.value;
    for (const auto& figure : measurement.figures) {
        const bool is_share = figure.name == "resolution" && figure.unit == Unit::share;
        if (!is_share || allowed <= 0 || figure.value->high <= too_coarse * allowed) continue;
        finding.grade = Grade::inconclusive;
        finding.reason += fmt::format(
            ", but one operation is {}, more than half of what may be bad: raise the "
            "rate, or the duration",
            format_value(figure.value->high, Unit::share));
    }
}

const Measurement* worst_for(const TargetSpec& target,
                             const std::vector<Measurement>& measurements) {
    const Measurement* worst = nullptr;
    for (const auto& measurement : measurements) {
        if (!names(target, measurement)) continue;
        if (worst == nullptr || badness(target, *worst) < badness(target, measurement)) {
            worst = &measurement;
        }
    }
    return worst;
}

}  // namespace

std::vector<Measurement> measure_all(const view::View& view, const Catalog& catalog) {
    std::vector<Measurement> measurements;
    for (const Measure* measure : catalog.measures) {
        for (auto& measurement : measure->evaluate(view)) {
            const auto* spec = find_metric(catalog, measurement.metric);
            measurement.title = spec == nullptr ? measurement.metric : std::string(spec->title);
            measurements.push_back(std::move(measurement));
        }
    }
    return measurements;
}

std::vector<TargetSpec> targets_of(const Scenario& scenario,
                                   const std::vector<Measurement>& measurements,
                                   const Catalog& catalog) {
    auto targets = scenario.targets;
    for (const Measure* measure : catalog.measures) {
        for (const auto& spec : measure->metrics) {
            if (!spec.traits.implied) continue;
            std::set<std::string> faults;  // one for each that something was measured for
            for (const auto& each : measurements) {
                if (each.metric == spec.name) faults.insert(each.fault);
            }
            for (const auto& fault : faults) {
                // The file may say otherwise, for all faults or for that one.
                const bool declared = std::ranges::any_of(scenario.targets, [&](const auto& each) {
                    return each.metric == spec.name && each.region.empty() &&
                           (each.fault.empty() || each.fault == fault);
                });
                if (declared) continue;
                TargetSpec implied;
                implied.metric = spec.name;
                implied.fault = fault;
                implied.id = fault.empty() ? implied.metric : implied.metric + " " + fault;
                implied.implied = true;
                targets.push_back(std::move(implied));
            }
        }
    }
    return targets;
}

std::vector<Finding> find_all(const view::View& view, const std::vector<TargetSpec>& targets,
                              const std::vector<Measurement>& measurements,
                              const Catalog& catalog) {
    std::vector<Finding> findings;
    for (const auto& target : targets) {
        Finding finding;
        finding.target = target;
        if (const auto* worst = worst_for(target, measurements)) {
            finding.measurement = *worst;
        } else {
            finding.measurement.metric = target.metric;
            finding.measurement.client_region = target.region;
            finding.measurement.fault = target.fault;
            finding.measurement.why = "nothing of that name, region and fault was measured";
        }
        finding.grade = grade(target, finding.measurement);
        finding.reason = reason_for(target, finding.grade, finding.measurement);
        weigh_resolution(finding, resolution_for(target, view, catalog));
        weigh_load(finding);
        findings.push_back(std::move(finding));
    }
    return findings;
}

double resolution_for(const TargetSpec& target, const view::View& view, const Catalog& catalog) {
    const auto* spec = find_metric(catalog, target.metric);
    if (spec == nullptr || !spec->traits.resolved_by_load) return 0;
    Duration largest{};
    for (const auto& stream : view.streams) {
        if (covers(target, *spec, stream.key, view.evidence.topology)) {
            largest = std::max(largest, stream.gap);
        }
    }
    return seconds(largest);
}

}  // namespace gameday::judge
