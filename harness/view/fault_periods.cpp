#include "harness/view/fault_periods.hpp"

#include "harness/base/time.hpp"

#include <algorithm>
#include <limits>

namespace gameday::view {
namespace {

void add_nodes(std::vector<NodeId>& nodes, const std::vector<NodeId>& more) {
    for (const NodeId node : more) {
        if (std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
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
        auto known = std::ranges::find(periods, window.id, &FaultPeriod::id);
        if (known == periods.end()) {
            periods.push_back({window.id,
                               window.name,
                               window.kind,
                               window.nodes,
                               window.taken,
                               window.injected,
                               window.healed,
                               {window.injected},
                               window.expects_outage,
                               evidence.active.high,
                               evidence.active.high});
            continue;
        }
        // The rows of a wave may be in any order.
        if (window.injected.low < known->injected.low) known->injected = window.injected;
        if (!window.healed || !known->healed) {
            known->healed.reset();
        } else if (window.healed->high > known->healed->high) {
            known->healed = window.healed;
        }
        known->pulses.push_back(window.injected);
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

bool was_in_flight(const Span& span, Instant injected) {
    return span.start.high < injected && span.first_failed >= injected &&
           (!span.end || span.end->high > injected);
}

Belongs belongs(const Span& span, const FaultPeriod& fault, const std::vector<FaultPeriod>& faults,
                Duration hold) {
    if (was_in_flight(span, fault.injected.low)) return Belongs::perhaps;
    if (span.start.high < fault.injected.low) return Belongs::no;
    if (!fault.healed || span.start.high <= fault.healed->low) return Belongs::yes;
    if (span.start.low >= fault.healed->high + hold) return Belongs::no;
    Belongs found = span.start.high < fault.healed->low + hold ? Belongs::yes : Belongs::perhaps;
    const auto is_between = [&](const Interval<Instant>& injected) {
        return injected.low > fault.healed->high && injected.low <= span.start.high;
    };
    for (const auto& other : faults) {
        if (other.id == fault.id) continue;
        if (is_between(other.injected) && span.start.low > fault.healed->high) return Belongs::no;
        if (std::ranges::any_of(other.pulses, is_between)) {
            found = Belongs::perhaps;
        }
    }
    return found;
}

}  // namespace gameday::view
