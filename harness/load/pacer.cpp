#include "harness/load/pacer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gameday::load {

Pacer::Pacer(const Pace& pace, Random random) : pace_(pace), random_(random) {}

Duration Pacer::next() {
    const auto n = static_cast<double>(n_++);
    double due_s = std::numeric_limits<double>::infinity();
    if (pace_.arrival == Arrival::ramp) {
        due_s = ramp(n);
    } else if (!(pace_.rate_per_s > 0)) {
        return Duration::max();
    } else if (pace_.arrival == Arrival::constant) {
        due_s = n / pace_.rate_per_s;
    } else {
        elapsed_s_ += random_.exponential(1 / pace_.rate_per_s);
        due_s = elapsed_s_;
    }
    constexpr double century_s = 3.2e9;  // beyond what Duration holds
    return due_s < century_s ? from_seconds(due_s) : Duration::max();
}

double Pacer::ramp(double n) const {
    const double length_s = seconds(pace_.length);
    const double from = pace_.rate_per_s;
    const double to = pace_.ramp_to_per_s;
    const double in_ramp = (from + to) / 2 * length_s;
    if (n >= in_ramp) {
        return to > 0 ? length_s + (n - in_ramp) / to : std::numeric_limits<double>::infinity();
    }
    const double slope = (to - from) / length_s;
    const double root = std::sqrt(std::max(0.0, from * from + 2 * slope * n));
    return n > 0 ? 2 * n / (from + root) : 0;
}

}  // namespace gameday::load
