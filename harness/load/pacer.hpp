// Pacer: when the n-th operation is due, whatever became of those before it. Pure.
#pragma once

#include "harness/base/random.hpp"
#include "harness/base/time.hpp"
#include "harness/model/scenario.hpp"

#include <cstdint>

namespace gameday::load {

struct Pace {
    Arrival arrival = Arrival::constant;
    double rate_per_s = 0;     // 0: never
    double ramp_to_per_s = 0;  // ramp: reached after `length` and kept from then on
    Duration length{};
};

// Yields due times in order, since the load began. The sequence depends on the pace and the stream
// of random numbers only.
//   constant: the n-th (from 0) at n / rate.
//   poisson: gaps drawn from the exponential distribution with mean 1 / rate.
//   ramp: the n-th when the integral of the rate reaches n. With the rate r0 + k·t that is
//     t = 2n / (r0 + √(r0² + 2kn)), the form of the quadratic's root that does not cancel.
class Pacer {
 public:
    Pacer(const Pace& pace, Random random);
    Duration next();  // Duration::max() when there will be no more

 private:
    [[nodiscard]] double ramp(double n) const;  // seconds; infinite when never

    Pace pace_;
    Random random_;
    std::uint64_t n_ = 0;
    double elapsed_s_ = 0;
};

}  // namespace gameday::load
