#include "harness/drivers/common/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace gameday::drivers {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = (group << 8U) | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out += j <= count ? alphabet[(group >> (18U - 6U * j)) & 63U] : '=';
        }
    }
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t group = 0;
        std::size_t letters = 0;
        for (; letters < 4 && text[i + letters] != '='; ++letters) {
            const auto digit = alphabet.find(text[i + letters]);
            if (digit == std::string_view::npos) return std::nullopt;
            group |= static_cast<std::uint32_t>(digit) << (18U - 6U * letters);
        }
        const bool last = i + 4 == text.size();
        if (letters < 2 || (letters < 4 && !last)) return std::nullopt;
        if (letters == 2 && text[i + 3] != '=') return std::nullopt;
        // Bits of the last letter that belong to no byte: who writes bytes leaves them 0.
        const std::uint32_t spare = (1U << (8U * (4 - letters))) - 1U;
        if ((group & spare) != 0) return std::nullopt;
        for (std::size_t j = 0; j + 1 < letters; ++j) {
            out += static_cast<char>((group >> (16U - 8U * j)) & 255U);
        }
    }
    return out;
}

}  // namespace gameday::drivers
