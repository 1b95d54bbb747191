#include "harness/measures/recovery.hpp"

#include <algorithm>
#include <limits>

namespace gameday::measures {
namespace {

// When the level held throughout: an outage shorter than the distance between two arrivals could
// have hidden until the first good operation that was invoked after the order.
Interval<double> unseen(const Stream& stream, Instant order) {
    const auto& operations = stream.operations;
    auto it = std::lower_bound(
        operations.begin(), operations.end(), order,
        [](const Operation* operation, Instant when) { return operation->scheduled < when; });
    for (; it != operations.end(); ++it) {
        const Operation& operation = **it;
        const bool good = operation.outcome == Outcome::ok &&
                          operation.completed - operation.invoked <= stream.bound;
        if (good && operation.invoked >= order) {
            return {0, seconds(operation.completed - order)};
        }
    }
    return {0, std::numeric_limits<double>::infinity()};
}

}  // namespace

std::vector<FaultPeriod> fault_periods(const Evidence& evidence) {
    std::vector<FaultPeriod> periods;
    for (const auto& window : evidence.faults) {
        auto known = std::find_if(periods.begin(), periods.end(), [&](const FaultPeriod& period) {
            return period.id == window.id;
        });
        if (known == periods.end()) {
            periods.push_back({window.id, window.name, window.kind, window.nodes, window.injected,
                               window.healed, evidence.active.high, window.expects_outage});
            continue;
        }
        known->healed = window.healed;
        known->nodes.insert(known->nodes.end(), window.nodes.begin(), window.nodes.end());
    }
    for (auto& period : periods) {
        for (const auto& other : periods) {
            if (other.injected.low > period.injected.low) {
                period.until = std::min(period.until, other.injected.low);
            }
        }
    }
    return periods;
}

Recovery recovery_of(const Stream& stream, const std::vector<Outage>& outages,
                     const Interval<Instant>& order, Instant begins_before) {
    Recovery recovery;
    const Outage* under_way = nullptr;
    const Outage* begun = nullptr;
    for (const auto& outage : outages) {
        const bool over = outage.end && outage.end->high <= order.low;
        if (over || outage.start.low > begins_before) continue;
        if (outage.start.high < order.low) {
            under_way = &outage;
        } else {
            ++recovery.down_spans;
            if (begun == nullptr) begun = &outage;
        }
    }
    const Outage* counts = begun != nullptr ? begun : under_way;
    if (counts == nullptr) {
        recovery.value = unseen(stream, order.low);
        recovery.stable = order;
        return recovery;
    }
    recovery.outage = *counts;
    recovery.stable = counts->end;
    if (counts->end) {
        const auto lasted = difference(*counts->end, order);
        recovery.value = {std::max(0.0, seconds(lasted.low)), seconds(lasted.high)};
    } else {
        recovery.value = {std::max(0.0, seconds(counts->last_bad - order.high)),
                          std::numeric_limits<double>::infinity()};
    }
    return recovery;
}

}  // namespace gameday::measures
