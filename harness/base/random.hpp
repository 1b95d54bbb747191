// Seeded randomness with named streams, the same on every platform.
//
// One seed rules a run. Each use takes a stream of its own (`Random(seed, "load/us-east")`), so
// that adding a draw in one place moves no other. Generator: xoshiro256**, seeded by SplitMix64
// (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gameday {

// One step of SplitMix64: a well mixed function of its input, for hashing counters.
std::uint64_t mix64(std::uint64_t value);

class Random {
 public:
    Random(std::uint64_t seed, std::string_view stream);

    std::uint64_t next();                      // uniform over all 64-bit values
    std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound), bound > 0
    double unit();                             // uniform in [0, 1)
    double exponential(double mean);           // mean > 0
    bool chance(double probability);           // true with that probability

 private:
    std::array<std::uint64_t, 4> state_{};
};

}  // namespace gameday
