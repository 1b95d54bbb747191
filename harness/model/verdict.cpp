#include "harness/model/verdict.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace gameday {

Grade grade(const TargetSpec& target, const Measurement& measurement) {
    if (!measurement.value) return Grade::inconclusive;
    const auto [low, high] = *measurement.value;
    if (std::isnan(low) || std::isnan(high)) return Grade::inconclusive;
    if (target.comparison == Comparison::at_most) {
        if (high <= target.value) return Grade::met;
        return low > target.value ? Grade::missed : Grade::inconclusive;
    }
    if (low >= target.value) return Grade::met;
    return high < target.value ? Grade::missed : Grade::inconclusive;
}

int exit_code(Verdict verdict) {
    constexpr std::array<int, 6> codes{0, 1, 2, 3, 4, 5};
    return codes.at(static_cast<std::size_t>(verdict));
}

std::string_view name_of(Grade grade) {
    constexpr std::array<std::string_view, 3> names{"met", "missed", "inconclusive"};
    return names.at(static_cast<std::size_t>(grade));
}

std::string_view name_of(Verdict verdict) {
    constexpr std::array<std::string_view, 6> names{"passed",  "failed",  "inconclusive",
                                                    "aborted", "refused", "dirty"};
    return names.at(static_cast<std::size_t>(verdict));
}

std::string_view name_of(Unit unit) {
    constexpr std::array<std::string_view, 4> names{"seconds", "share", "count", "per_second"};
    return names.at(static_cast<std::size_t>(unit));
}

std::string format_value(double value, Unit unit) {
    if (std::isinf(value)) return value > 0 ? "unbounded" : "-unbounded";
    switch (unit) {
        case Unit::seconds: return format_duration(from_seconds(value));
        case Unit::share: return fmt::format("{:.6g} %", value * 100);
        case Unit::count: return fmt::format("{:.10g}", value);
        case Unit::per_second: return fmt::format("{:.4g}/s", value);
    }
    return {};
}

std::string format_interval(const Interval<double>& value, Unit unit) {
    if (std::isinf(value.high)) return "> " + format_value(value.low, unit);
    const auto low = format_value(value.low, unit);
    const auto high = format_value(value.high, unit);
    if (low == high) return high;
    const auto space_low = low.find(' ');
    const auto space_high = high.find(' ');
    if (space_low != std::string::npos && space_high != std::string::npos &&
        low.find(' ', space_low + 1) == std::string::npos &&
        low.substr(space_low) == high.substr(space_high)) {
        return low.substr(0, space_low) + "–" + high;  // one unit for both ends
    }
    return low + " – " + high;
}

}  // namespace gameday
