#include "harness/load/zipf.hpp"

#include "harness/base/ensure.hpp"

#include <algorithm>
#include <cmath>

namespace gameday::load {

Zipf::Zipf(std::uint64_t ranks, double exponent)
    : ranks_(ranks), exponent_(exponent), low_(0), high_(0), sure_(0) {
    GAMEDAY_ENSURE(ranks >= 1 && exponent >= 0);
    low_ = integral(1.5) - 1;  // the hat over rank 1 is cut so that it is just h(1) = 1 wide
    high_ = integral(static_cast<double>(ranks) + 0.5);
    sure_ = 2 - inverse(integral(2.5) - density(2));
}

std::uint64_t Zipf::draw(Random& random) const {
    if (exponent_ == 0) return 1 + random.below(ranks_);
    for (;;) {
        const double u = high_ + random.unit() * (low_ - high_);
        const double x = inverse(u);
        const double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(ranks_));
        if (rank - x <= sure_ || u >= integral(rank + 0.5) - density(rank)) {
            return static_cast<std::uint64_t>(rank);
        }
    }
}

double Zipf::density(double x) const { return std::exp(-exponent_ * std::log(x)); }

// (x^(1−s) − 1) / (1 − s), written so that s = 1 (where it is ln x) needs no special precision.
double Zipf::integral(double x) const {
    const double t = (1 - exponent_) * std::log(x);
    const double ratio = std::abs(t) > 1e-8 ? std::expm1(t) / t : 1 + t / 2;
    return ratio * std::log(x);
}

double Zipf::inverse(double y) const {
    const double t = std::max(-1.0, (1 - exponent_) * y);
    const double ratio = std::abs(t) > 1e-8 ? std::log1p(t) / t : 1 - t / 2;
    return std::exp(ratio * y);
}

}  // namespace gameday::load
