// Messages of rtnetlink as bytes, and the attributes of those that come back. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace gameday::devices::netem {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

// The bytes of a plain struct or number, as the kernel of this machine has them.
template <class Plain>
Bytes bytes_of(const Plain& plain) requires std::is_trivially_copyable_v<Plain> {
    Bytes bytes(sizeof plain);
    std::memcpy(bytes.data(), &plain, sizeof plain);
    return bytes;
}

// The other way; zeros stand for what is not there.
template <class Plain>
Plain plain_of(View bytes) requires std::is_trivially_copyable_v<Plain> {
    Plain plain{};
    std::memcpy(&plain, bytes.data(), std::min(bytes.size(), sizeof plain));
    return plain;
}

// A message: header, `fixed` (the struct of its family), attributes. NLM_F_REQUEST is added.
Bytes route_message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence,
                    const Bytes& fixed, const Bytes& attributes);

// The type of a message; -1 when it is too short to have one.
int type_of(View message);
// What follows the header, as the struct of its family; none when it is shorter.
template <class Fixed>
std::optional<Fixed> fixed_of(View message);

// Attributes by type, nested ones as they are. What is cut off is left out.
using AttributeMap = std::map<int, View>;
AttributeMap attributes_in(View bytes);
// Those of a message, behind a fixed part of that size.
AttributeMap attributes_of(View message, std::size_t fixed_size);
std::string text_in(const AttributeMap& attributes, int type);  // "" when absent

constexpr std::size_t message_header_size = 16;

template <class Fixed>
std::optional<Fixed> fixed_of(View message) {
    if (message.size() < message_header_size + sizeof(Fixed)) return std::nullopt;
    return plain_of<Fixed>(message.subspan(message_header_size));
}

}  // namespace gameday::devices::netem
