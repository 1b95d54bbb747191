// Interval<T>: what a measurement may claim. Closed on both ends, low <= high; sampling cannot know
// more than that the truth lies inside.
#pragma once

#include <algorithm>

namespace gameday {

template <class T>
struct Interval {
    T low{};
    T high{};

    static constexpr Interval point(T value) { return {value, value}; }
    [[nodiscard]] constexpr auto width() const { return high - low; }
    [[nodiscard]] constexpr bool contains(const T& value) const {
        return low <= value && value <= high;
    }
    constexpr bool operator==(const Interval&) const = default;
};

// All a − b with a and b anywhere inside theirs.
template <class T>
constexpr auto difference(const Interval<T>& a, const Interval<T>& b) {
    using D = decltype(a.low - b.high);
    return Interval<D>{a.low - b.high, a.high - b.low};
}

// The smallest interval that holds both.
template <class T>
constexpr Interval<T> hull(const Interval<T>& a, const Interval<T>& b) {
    return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

}  // namespace gameday
