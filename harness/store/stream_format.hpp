// The bytes of an evidence stream: a header, then chunks, each with its own check sum.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gameday::store {

struct StreamHeader {
    std::array<char, 16> magic{'g', 'a', 'm', 'e', 'd', 'a', 'y', ' ',
                               's', 't', 'r', 'e', 'a', 'm', ' ', '\n'};
    std::uint32_t version = 1;
    std::uint32_t record_bytes = 64;  // of an operation
    std::array<char, 40> reserved{};
    bool operator==(const StreamHeader&) const = default;
};
static_assert(sizeof(StreamHeader) == 64);

enum class ChunkKind : std::uint32_t {
    operations = 1,  // records as they are in memory
    part = 2,        // JSON: samples since the last part, and what is known of the run
};

struct ChunkHeader {
    std::uint32_t magic = chunk_magic;
    ChunkKind kind{};
    std::uint32_t bytes = 0;     // of what follows
    std::uint32_t checksum = 0;  // CRC-32 (ISO 3309) of kind, bytes and what follows

    static constexpr std::uint32_t chunk_magic = 0x31636467;  // "gdc1"
    static constexpr std::uint32_t bytes_max = 1U << 26U;
};
static_assert(sizeof(ChunkHeader) == 16);

// Appends a chunk. What is larger than a chunk may be must be split by the caller.
void put_chunk(std::string& out, ChunkKind kind, std::string_view bytes);

std::uint32_t checksum_of(const ChunkHeader& header, std::string_view bytes);

}  // namespace gameday::store
