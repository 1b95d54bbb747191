// The bytes of a stream as a function of its key and position, so that whoever reads them knows at
// once when one is lost, doubled, out of place or wrong.
#pragma once

#include "harness/base/random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace gameday::stress {

// A stream begins with its key, and the key's complement, so that its reader can tell which it is.
inline constexpr std::size_t head_bytes = 16;

inline char byte_at(std::uint64_t key, std::uint64_t position) {
    const std::uint64_t word = position < 8            ? key
                               : position < head_bytes ? ~key
                                                       : mix64(key ^ mix64(position / 8));
    return static_cast<char>(word >> (8 * (position % 8)));
}

inline void fill(std::span<char> bytes, std::uint64_t key, std::uint64_t position) {
    for (char& byte : bytes) byte = byte_at(key, position++);
}

// The first position at which the bytes are not the stream's.
inline std::optional<std::uint64_t> first_wrong(std::span<const char> bytes, std::uint64_t key,
                                                std::uint64_t position) {
    for (const char byte : bytes) {
        if (byte != byte_at(key, position)) return position;
        ++position;
    }
    return std::nullopt;
}

// The key that a head of a stream carries; nothing when it is no head.
inline std::optional<std::uint64_t> key_of(const std::array<char, head_bytes>& head) {
    std::uint64_t key = 0;
    std::uint64_t complement = 0;
    std::memcpy(&key, head.data(), sizeof(key));
    std::memcpy(&complement, head.data() + sizeof(key), sizeof(complement));
    if (complement != ~key) return std::nullopt;
    return key;
}

}  // namespace gameday::stress
