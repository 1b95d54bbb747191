// Zipf: ranks 1..n with probability proportional to rank^−exponent, in constant time and space.
//
// Rejection-inversion: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from
// monotone discrete distributions", ACM TOMACS 6(3), 1996. Exact for every exponent ≥ 0.
#pragma once

#include "harness/base/random.hpp"

#include <cstdint>

namespace gameday::load {

class Zipf {
 public:
    Zipf(std::uint64_t ranks, double exponent);  // ranks ≥ 1; exponent 0 is uniform
    [[nodiscard]] std::uint64_t draw(Random& random) const;

 private:
    [[nodiscard]] double density(double x) const;   // h(x) = x^−s
    [[nodiscard]] double integral(double x) const;  // H, with H' = h and H(1) = 0
    [[nodiscard]] double inverse(double y) const;   // H⁻¹

    std::uint64_t ranks_;
    double exponent_;
    double low_, high_;  // of the values of H that are drawn
    double sure_;        // distance from the rank within which no test is needed
};

}  // namespace gameday::load
