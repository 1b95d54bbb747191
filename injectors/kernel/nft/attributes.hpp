// Netlink attributes and messages as bytes. Pure; libnl lays them out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

struct nl_msg;
struct nlattr;

namespace gameday::kernel {

// A sequence of attributes, nested where `nest` says so. Aborts when it outgrows 128 KiB, which no
// message of ours comes near.
class Attributes {
 public:
    Attributes();
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes();

    void u8(int type, std::uint8_t value);
    void be16(int type, std::uint16_t value);
    void be32(int type, std::uint32_t value);
    void be64(int type, std::uint64_t value);
    void text(int type, std::string_view value);  // with its final zero
    void bytes(int type, const std::vector<std::uint8_t>& value);
    template <class Fill>
    void nest(int type, const Fill& fill) {
        const std::size_t start = begin(type);
        fill(*this);
        end(start);
    }

    // All of them, ready to stand in a message.
    [[nodiscard]] std::vector<std::uint8_t> take() const;

 private:
    std::size_t begin(int type);  // where the nest stands: the message moves as it grows
    void end(std::size_t start);
    void put(int type, const void* data, std::size_t size);

    std::size_t size_;
    nl_msg* message_;
};

// An attribute as text, with or without a final zero; "" for none.
std::string_view text_of(const nlattr* attribute);

// A message of nfnetlink: the two headers and the attributes.
std::vector<std::uint8_t> message(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence,
                                  std::uint8_t family, std::uint16_t resource,
                                  const std::vector<std::uint8_t>& attributes);

}  // namespace gameday::kernel
