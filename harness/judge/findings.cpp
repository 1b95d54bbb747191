#include "harness/judge/findings.hpp"

#include "harness/ports/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
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
    return fmt::format("{} is {}: the target, {} {}, lies inside what is not known", subject, value,
                       wanted, declared);
}

}  // namespace

std::vector<Measurement> measure_all(const Scenario& scenario, const Evidence& evidence,
                                     const Catalog& catalog) {
    std::vector<Measurement> measurements;
    for (const Measure* measure : catalog.measures) {
        auto more = measure->evaluate(evidence, scenario);
        measurements.insert(measurements.end(), std::make_move_iterator(more.begin()),
                            std::make_move_iterator(more.end()));
    }
    return measurements;
}

std::vector<Finding> find_all(const Scenario& scenario,
                              const std::vector<Measurement>& measurements) {
    std::vector<Finding> findings;
    for (const auto& target : scenario.targets) {
        const Measurement* worst = nullptr;
        for (const auto& measurement : measurements) {
            if (!names(target, measurement)) continue;
            if (worst == nullptr || badness(target, *worst) < badness(target, measurement)) {
                worst = &measurement;
            }
        }
        Finding finding;
        finding.target = target;
        if (worst != nullptr) {
            finding.measurement = *worst;
        } else {
            finding.measurement.metric = target.metric;
            finding.measurement.client_region = target.region;
            finding.measurement.fault = target.fault;
            finding.measurement.why = "nothing of that name, region and fault was measured";
        }
        finding.grade = grade(target, finding.measurement);
        finding.reason = reason_for(target, finding.grade, finding.measurement);
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace gameday::judge
