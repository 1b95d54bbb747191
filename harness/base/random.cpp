#include "harness/base/random.hpp"

#include <bit>
#include <cmath>

namespace gameday {

std::uint64_t mix64(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31U);
}

Random::Random(std::uint64_t seed, std::string_view stream) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, so that a name is a number
    for (const char c : stream) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    std::uint64_t counter = mix64(seed) ^ hash;
    for (auto& word : state_) word = counter = mix64(counter);
}

std::uint64_t Random::next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
    // Draws below the largest multiple of bound, so that no remainder is favoured.
    const std::uint64_t limit = (0 - bound) % bound;
    for (;;) {
        const std::uint64_t draw = next();
        if (draw >= limit) return draw % bound;
    }
}

double Random::unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

double Random::exponential(double mean) { return -mean * std::log1p(-unit()); }

bool Random::chance(double probability) { return unit() < probability; }

}  // namespace gameday
