#include "harness/judge/bite.hpp"

#include "harness/model/goodness.hpp"

#include <algorithm>
#include <map>

namespace gameday::judge {
namespace {

bool bad_operation(const Evidence& evidence, const Scenario& scenario, Instant from, Instant to) {
    const Goodness goodness(scenario, evidence);
    return std::any_of(evidence.operations.begin(), evidence.operations.end(),
                       [&](const Operation& operation) {
                           return is_measured(operation) && operation.completed >= from &&
                                  operation.invoked <= to && !goodness.served(operation);
                       });
}

// Whether a node gives another answer between `from` and `to` than it gave before.
bool node_changed(const Evidence& evidence, Instant from, Instant to) {
    std::map<NodeId, Role> roles;
    for (const auto& sample : evidence.roles) {
        const auto known = roles.find(sample.node);
        const bool within = sample.at.high >= from && sample.at.low <= to;
        if (known != roles.end() && known->second != sample.role && within) return true;
        roles[sample.node] = sample.role;
    }
    return std::any_of(evidence.health.begin(), evidence.health.end(),
                       [&](const HealthSample& sample) {
                           return !sample.healthy && sample.at >= from && sample.at <= to;
                       });
}

}  // namespace

bool bit(const FaultWindow& window, const Evidence& evidence, const Scenario& scenario) {
    if (window.affected >= 0) return window.affected > 0;
    const Instant from = window.injected.low;
    const Instant to = window.healed ? window.healed->high : evidence.active.high;
    return bad_operation(evidence, scenario, from, to) || node_changed(evidence, from, to);
}

std::vector<std::string> toothless(const Evidence& evidence, const Scenario& scenario) {
    std::vector<std::string> names;
    for (const auto& step : scenario.faults) {
        const bool any = std::any_of(
            evidence.faults.begin(), evidence.faults.end(), [&](const FaultWindow& window) {
                return window.id == step.id && bit(window, evidence, scenario);
            });
        if (!any) names.push_back(step.name);
    }
    return names;
}

}  // namespace gameday::judge
