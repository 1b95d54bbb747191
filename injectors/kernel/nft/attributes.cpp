#include "injectors/kernel/nft/attributes.hpp"

#include "harness/base/ensure.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstring>
#include <string>

namespace gameday::kernel {

namespace {

constexpr std::size_t size_first = 1024;  // most messages are shorter
constexpr std::size_t size_most = 128 * 1024;

}  // namespace

Attributes::Attributes() : size_(size_first), message_(nlmsg_alloc_size(size_first)) {
    GAMEDAY_ENSURE(message_ != nullptr);
    nlmsg_put(message_, 0, 0, 0, 0, 0);
}

Attributes::~Attributes() { nlmsg_free(message_); }

void Attributes::put(int type, const void* data, std::size_t size) {
    while (nla_put(message_, type, static_cast<int>(size), data) != 0) {
        size_ *= 2;
        GAMEDAY_ENSURE(size_ <= size_most && nlmsg_expand(message_, size_) == 0);
    }
}

void Attributes::u8(int type, std::uint8_t value) { put(type, &value, sizeof value); }

void Attributes::be16(int type, std::uint16_t value) {
    const std::uint16_t swapped = htons(value);
    put(type, &swapped, sizeof swapped);
}

void Attributes::be32(int type, std::uint32_t value) {
    const std::uint32_t swapped = htonl(value);
    put(type, &swapped, sizeof swapped);
}

void Attributes::be64(int type, std::uint64_t value) {
    const std::uint64_t swapped = htobe64(value);
    put(type, &swapped, sizeof swapped);
}

void Attributes::text(int type, std::string_view value) {
    const std::string copy(value);
    put(type, copy.c_str(), copy.size() + 1);
}

void Attributes::bytes(int type, const std::vector<std::uint8_t>& value) {
    put(type, value.data(), value.size());
}

std::size_t Attributes::begin(int type) {
    const std::size_t start = nlmsg_hdr(message_)->nlmsg_len;
    put(NLA_F_NESTED | type, nullptr, 0);
    return start;
}

// Keeps a nest that is empty: the kernel wants to see it (the data of a counter).
void Attributes::end(std::size_t start) {
    auto* const first = reinterpret_cast<char*>(nlmsg_hdr(message_)) + start;
    nla_nest_end_keep_empty(message_, reinterpret_cast<nlattr*>(first));
}

std::vector<std::uint8_t> Attributes::take() const {
    const auto* header = nlmsg_hdr(message_);
    const auto* first = static_cast<const std::uint8_t*>(nlmsg_data(header));
    return {first, first + nlmsg_datalen(header)};
}

std::string_view text_of(const nlattr* attribute) {
    if (attribute == nullptr) return {};
    const auto* text = static_cast<const char*>(nla_data(attribute));
    return {text, ::strnlen(text, static_cast<std::size_t>(nla_len(attribute)))};
}

std::vector<std::uint8_t> message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence,
                                  std::uint8_t family, std::uint16_t resource,
                                  const std::vector<std::uint8_t>& attributes) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg)) +
                                                  attributes.size());
    header.nlmsg_type = type;
    header.nlmsg_flags = flags;
    header.nlmsg_seq = sequence;
    const nfgenmsg generic{family, NFNETLINK_V0, htons(resource)};
    std::vector<std::uint8_t> bytes(NLMSG_ALIGN(header.nlmsg_len));
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + NLMSG_HDRLEN, &generic, sizeof generic);
    if (!attributes.empty()) {
        std::memcpy(bytes.data() + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof generic), attributes.data(),
                    attributes.size());
    }
    return bytes;
}

}  // namespace gameday::kernel
