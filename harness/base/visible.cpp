#include "harness/base/visible.hpp"

#include <fmt/format.h>

namespace gameday {

std::string visible(std::string_view text) {
    std::string shown;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        if (text[i] == '\n') {
            shown += "\\n";
        } else if (text[i] == '\r') {
            shown += "\\r";
        } else if (text[i] == '\t') {
            shown += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            shown += fmt::format("\\x{:02x}", byte);
        } else if (byte == 0xc2 && next >= 0x80 &&
                   next < 0xa0) {  // controls beyond ASCII, as UTF-8
            shown += fmt::format("\\u{:04x}", next);
            ++i;
        } else {
            shown += text[i];
        }
    }
    return shown;
}

}  // namespace gameday
