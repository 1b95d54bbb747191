// Pattern: text with places for the key and the value of an operation. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

// Text with {key}, {value}, {key_base64} and {value_base64} in it; other braces stand for
// themselves. `before_key` stands before each key, and is coded with it.
class Pattern {
 public:
    Pattern() = default;
    explicit Pattern(std::string_view text, std::string_view before_key = {});
    void append_to(std::string& out, std::uint64_t key, std::uint64_t value) const;
    // Whether it has no place, and so is the same for all keys and values.
    [[nodiscard]] bool is_constant() const;

 private:
    enum class Piece : std::uint8_t { literal, key, value, key_base64, value_base64 };
    struct Part {
        Piece piece = Piece::literal;
        std::string text;  // of key_base64: the bytes before the key that share its first group
    };
    std::vector<Part> parts_;
};

// The first word in braces that is none of those four; "" when there is none. It would be sent as
// it stands, which nobody wants of a path. In a body, where braces are common, only words that
// have "key" or "value" in them count.
std::string unknown_place(std::string_view text, bool is_body);

}  // namespace gameday::drivers
