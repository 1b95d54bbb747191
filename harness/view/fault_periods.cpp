#include "harness/view/fault_periods.hpp"

#include "harness/base/time.hpp"

#include <algorithm>
#include <limits>

namespace gameday::view {
namespace {

void add_nodes(std::vector<NodeId>& nodes, const std::vector<NodeId>& more) {
    for (const NodeId node : more) {
        if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
    }
}

}  // namespace

Interval<double> FaultPeriod::length() const {
    if (!healed) return {0, std::numeric_limits<double>::infinity()};
    const auto force = difference(*healed, injected);
    return {std::max(0.0, seconds(force.low)), seconds(force.high)};
}

std::vector<FaultPeriod> fault_periods(const Evidence& evidence) {
    std::vector<FaultPeriod> periods;
    for (const auto& window : evidence.faults) {
        auto known = std::find_if(periods.begin(), periods.end(), [&](const FaultPeriod& period) {
            return period.id == window.id;
        });
        if (known == periods.end()) {
            periods.push_back({window.id, window.name, window.kind, window.nodes, window.taken,
                               window.injected, window.healed, 1, window.expects_outage,
                               evidence.active.high, evidence.active.high});
            continue;
        }
        known->healed = window.healed;
        ++known->pulses;
        add_nodes(known->nodes, window.nodes);
        add_nodes(known->taken, window.taken);
    }
    for (auto& period : periods) {
        for (const auto& other : periods) {
            if (other.injected.low > period.injected.low) {
                period.until = std::min(period.until, other.injected.low);
            }
            if (period.healed && other.injected.low > period.healed->low) {
                period.back_until = std::min(period.back_until, other.injected.low);
            }
        }
    }
    return periods;
}

bool was_under_way(const Span& span, const FaultPeriod& fault) {
    return span.start.high < fault.injected.low &&
           (!span.end || span.end->high > fault.injected.low);
}

bool belongs(const Span& span, const FaultPeriod& fault, const std::vector<FaultPeriod>& faults,
             Duration hold) {
    if (span.start.high < fault.injected.low) return false;
    if (!fault.healed || span.start.low <= fault.healed->high) return true;
    if (span.start.low >= fault.healed->high + hold) return false;
    return std::none_of(faults.begin(), faults.end(), [&](const FaultPeriod& other) {
        return other.id != fault.id && other.injected.low > fault.healed->high &&
               other.injected.low <= span.start.high;
    });
}

}  // namespace gameday::view
