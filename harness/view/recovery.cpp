#include "harness/view/recovery.hpp"

#include <algorithm>
#include <limits>

namespace gameday::view {
namespace {

constexpr double open = std::numeric_limits<double>::infinity();

Interval<double> since(const Interval<Instant>& end, const Interval<Instant>& order) {
    const auto passed = difference(end, order);
    return {std::max(0.0, seconds(passed.low)), std::max(0.0, seconds(passed.high))};
}

// Which reading of a span counts from the fault.
Interval<double> length_from(const FaultPeriod& fault, const Span& span, bool& censored) {
    const Interval<Instant> own =
        span.end.value_or(Interval<Instant>{span.last_bad, Instant::max()});
    auto value = since(own, fault.injected);
    if (!span.end) value.high = open;
    if (!fault.healed) return value;
    if (span.start.low > fault.healed->high) {
        // Bad operations that the level forgave reach back into the fault: it may have been down.
        if (span.perhaps_since < fault.healed->low) {
            censored = true;
            value.low = std::min(value.low,
                                 std::max(0.0, seconds(fault.healed->low - fault.injected.high)));
            value.high = open;
        }
        return value;
    }
    if (span.end && span.shown < fault.healed->low) return value;
    censored = true;
    // What was bad after the heal began was under way at the heal: it lasted longer than the fault.
    if (span.last_bad >= fault.healed->low) {
        value.low = std::max(0.0, seconds(fault.healed->low - fault.injected.high));
    }
    value.high = open;
    return value;
}

}  // namespace

std::optional<Interval<Instant>> Recovery::stable() const {
    return spans.empty() ? std::nullopt : spans.back().end;
}

Recovery recovery_from(const FaultPeriod& fault, const std::vector<Span>& spans,
                       const std::vector<FaultPeriod>& faults, Duration hold) {
    Recovery recovery;
    Interval<double> before{0, 0};
    for (const auto& span : spans) {
        if (was_under_way(span, fault)) {
            recovery.was_down = true;
            bool censored = false;
            before.high = std::max(before.high, length_from(fault, span, censored).high);
            recovery.censored = recovery.censored || censored;
            continue;
        }
        const Belongs whose = belongs(span, fault, faults, hold);
        if (whose == Belongs::no) continue;
        const auto length = length_from(fault, span, recovery.censored);
        const double low = whose == Belongs::yes ? length.low : 0;
        recovery.value = {std::max(recovery.value.low, low),
                          std::max(recovery.value.high, length.high)};
        recovery.spans.push_back(span);
    }
    recovery.value.high = std::max(recovery.value.high, before.high);
    return recovery;
}

Recovery way_back_from(const FaultPeriod& fault, const std::vector<Span>& spans) {
    Recovery recovery;
    for (const auto& span : spans) {
        if (span.end && span.end->high <= fault.healed->low) continue;
        if (span.start.high >= fault.back_until) continue;  // the next fault's
        const Interval<Instant> own =
            span.end.value_or(Interval<Instant>{span.last_bad, Instant::max()});
        auto length = since(own, *fault.healed);
        if (!span.end) length.high = open;
        if (was_in_flight(span, fault.back_until)) length.low = 0;  // perhaps the next fault's
        recovery.value = {std::max(recovery.value.low, length.low),
                          std::max(recovery.value.high, length.high)};
        recovery.was_down = recovery.was_down || span.start.high < fault.healed->low;
        recovery.spans.push_back(span);
    }
    return recovery;
}

WayBack way_back_of(const View& view, const FaultPeriod& fault) {
    WayBack way;
    way.over = std::min(fault.healed->high + view.scenario.minimum.hold, fault.back_until);
    way.perhaps = way.over;
    const bool another = fault.back_until < view.evidence.active.high;
    for (const auto& stream : view.streams) {
        for (const auto& span : way_back_from(fault, stream.spans).spans) {
            const Instant end = span.end ? span.end->high : view.evidence.active.high;
            if (another && end >= fault.back_until) {
                way.perhaps = fault.back_until;
            } else {
                way.over = std::max(way.over, std::min(end, fault.back_until));
            }
        }
    }
    way.perhaps = std::max(way.perhaps, way.over);
    return way;
}

}  // namespace gameday::view
