// Recovery of one stream from a fault, or from its heal: when the minimum level held again.
#pragma once

#include "harness/view/view.hpp"

#include <vector>

namespace gameday::view {

struct Recovery {
    Interval<double> value;   // seconds; an open high end where the end is not known for certain
    std::vector<Span> spans;  // that count, in order of time
    bool was_down = false;    // a span was under way when the fault came into force
    bool censored = false;    // only the heal ended the last span, or may have
    [[nodiscard]] std::optional<Interval<Instant>> stable() const;  // end of the last span
};

// From `t_fault` to the end of the last span that belongs to the fault. A span under way at the
// heal is censored: longer than the fault; so is one whose end no window shows before the heal. A
// span that was under way at the fault, and no other: [0, end − t_fault]. No span: no value, the
// level held.
Recovery recovery_from(const FaultPeriod& fault, const std::vector<Span>& spans,
                       const std::vector<FaultPeriod>& faults, Duration hold);

// From the heal to the end of the last span under way at the heal, or begun after it and before the
// next fault. No span: no value. The fault must have been healed.
Recovery way_back_from(const FaultPeriod& fault, const std::vector<Span>& spans);

// When the way back of a healed fault was over in all streams: at least `hold` after the heal, at
// most the next fault. A span that reaches over the next fault ends no way back, for it may be of
// that fault: what is lost until then counts before the next fault, and perhaps on the way back.
struct WayBack {
    Instant over{}, perhaps{};  // over ≤ perhaps
};
WayBack way_back_of(const View& view, const FaultPeriod& fault);

}  // namespace gameday::view
