#include "injectors/devices/netem/route_message.hpp"

#include <linux/netlink.h>

namespace gameday::devices::netem {

static_assert(message_header_size == NLMSG_HDRLEN);

Bytes route_message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence,
                    const Bytes& fixed, const Bytes& attributes) {
    const std::size_t body = NLMSG_ALIGN(fixed.size());
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + body + attributes.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
    header.nlmsg_seq = sequence;
    Bytes bytes = bytes_of(header);
    bytes.insert(bytes.end(), fixed.begin(), fixed.end());
    bytes.resize(NLMSG_HDRLEN + body);
    bytes.insert(bytes.end(), attributes.begin(), attributes.end());
    return bytes;
}

int type_of(View message) {
    const auto header = plain_of<nlmsghdr>(message);
    return message.size() < sizeof header ? -1 : header.nlmsg_type;
}

AttributeMap attributes_in(View bytes) {
    constexpr std::size_t header_size = sizeof(nlattr);
    AttributeMap found;
    while (bytes.size() >= header_size) {
        const auto header = plain_of<nlattr>(bytes);
        const std::size_t length = header.nla_len;
        if (length < header_size || length > bytes.size()) break;
        found[header.nla_type & NLA_TYPE_MASK] = bytes.subspan(header_size, length - header_size);
        // The next one begins at a multiple of four bytes.
        bytes = bytes.subspan(std::min((length + 3) / 4 * 4, bytes.size()));
    }
    return found;
}

AttributeMap attributes_of(View message, std::size_t fixed_size) {
    const std::size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(fixed_size);
    return message.size() <= skip ? AttributeMap{} : attributes_in(message.subspan(skip));
}

std::string text_in(const AttributeMap& attributes, int type) {
    const auto found = attributes.find(type);
    if (found == attributes.end()) return {};
    const auto* text = reinterpret_cast<const char*>(found->second.data());
    return {text, strnlen(text, found->second.size())};
}

}  // namespace gameday::devices::netem
