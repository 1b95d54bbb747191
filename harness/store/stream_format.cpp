#include "harness/store/stream_format.hpp"

#include "harness/base/ensure.hpp"

#include <boost/crc.hpp>

#include <bit>

namespace gameday::store {

static_assert(std::endian::native == std::endian::little);

std::uint32_t checksum_of(const ChunkHeader& header, std::string_view bytes) {
    boost::crc_32_type sum;
    sum.process_bytes(&header.kind, sizeof header.kind);
    sum.process_bytes(&header.bytes, sizeof header.bytes);
    sum.process_bytes(bytes.data(), bytes.size());
    return sum.checksum();
}

void put_chunk(std::string& out, ChunkKind kind, std::string_view bytes) {
    GAMEDAY_ENSURE(bytes.size() <= ChunkHeader::bytes_max);
    ChunkHeader header;
    header.kind = kind;
    header.bytes = static_cast<std::uint32_t>(bytes.size());
    header.checksum = checksum_of(header, bytes);
    out.append(reinterpret_cast<const char*>(&header), sizeof header);
    out.append(bytes);
}

}  // namespace gameday::store
