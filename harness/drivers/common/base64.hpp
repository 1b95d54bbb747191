// Base64 as RFC 4648 section 4 writes it, for values that travel inside JSON (etcd).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gameday::drivers {

void append_base64(std::string& out, std::string_view bytes);

// The bytes, or nothing when the text is not padded base64, or not as these bytes are written.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace gameday::drivers
