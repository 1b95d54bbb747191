// Fault periods: each fault step as one, and which spans are put down to it.
#pragma once

#include "harness/model/evidence.hpp"
#include "harness/model/scenario.hpp"
#include "harness/view/spans.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday::view {

// One fault step: all its pulses together, from the first injection to the last heal.
struct FaultPeriod {
    FaultId id;
    std::string name;
    std::string kind;
    std::vector<NodeId> nodes, taken;
    Interval<Instant> injected;               // of the first pulse
    std::optional<Interval<Instant>> healed;  // of the last pulse, when it was healed
    std::vector<Interval<Instant>> pulses;    // injections of all of them
    bool expects_outage = true;
    // Low end of the next step's injection, else the end of the load; from `healed` on, the way
    // back lasts until `back_until`, likewise.
    Instant until{}, back_until{};

    // How long it was in force, seconds; an open high end when it was not healed.
    [[nodiscard]] Interval<double> length() const;
};

// In order of first injection.
std::vector<FaultPeriod> fault_periods(const Evidence& evidence);

// Whether the span was under way when the fault came into force, and was not over.
bool was_under_way(const Span& span, const FaultPeriod& fault);

// Whether the span's first bad operation began before `injected` and had not failed by then, so
// that it may have been what came into force then that killed it.
bool was_in_flight(const Span& span, Instant injected);

// Whether a span belongs to a fault. perhaps: it counts in high ends only.
enum class Belongs : std::uint8_t { no, perhaps, yes };

// A span belongs to every fault that is in force when it begins, or that was healed less than
// `hold` before, unless another fault came into force in between; perhaps, where that was a pulse
// of one in force all along, where the edges of the span do not tell, or where the first operation
// was in flight at the fault.
Belongs belongs(const Span& span, const FaultPeriod& fault, const std::vector<FaultPeriod>& faults,
                Duration hold);

}  // namespace gameday::view
