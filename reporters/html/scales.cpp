#include "reporters/html/scales.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gameday::reporters {

double Scale::at(double value) const {
    const double share = (std::clamp(value, low, high) - low) / (high - low);
    return from + share * (to - from);
}

double nice_step(double span, double ticks) {
    const double least = std::max(span / std::max(ticks, 1.0), 1e-9);
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= least * 0.999999) return factor * power;
    }
    return 10 * power;
}

std::vector<double> ticks_of(double low, double high, double step) {
    std::vector<double> ticks;
    const double first = std::ceil(low / step - 1e-9);
    for (double n = first; n * step <= high + step * 1e-9 && ticks.size() < 200; n += 1) {
        ticks.push_back(n == 0 ? 0.0 : n * step);  // never −0
    }
    return ticks;
}

std::string place(double value) { return fmt::format("{:.1f}", value); }

}  // namespace gameday::reporters
