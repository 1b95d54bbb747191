#include "injectors/kernel/host/names.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdint>

namespace gameday::kernel {

std::string run_tag(std::string_view run_dir) {
    const std::string text =
        run_dir.empty() ? fmt::format("pid {}", ::getpid()) : std::string(run_dir);
    // FNV-1a, 64 bits, folded.
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
    }
    return fmt::format("{:06x}", (hash ^ (hash >> 24) ^ (hash >> 48)) & 0xffffffU);
}

std::string table_name(std::string_view tag, FaultId fault) {
    return fmt::format("gameday_{}_{}", tag, fault.index());
}

}  // namespace gameday::kernel
