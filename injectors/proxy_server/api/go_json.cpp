#include "injectors/proxy_server/api/go_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace gameday::proxy_server {
namespace {

constexpr int depth_max = 1000;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, std::uint32_t point) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((point >> shift) & 0x3fU));
    };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0U | (point >> 6U));
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0U | (point >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | (point >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

// A byte as Go's scanner quotes it; bytes above 127 are taken for code points of Latin-1.
std::string quoted(char character) {
    const auto byte = static_cast<unsigned char>(character);
    constexpr std::string_view escapes = "abtnvfr";
    if (character == '\'') return R"('\'')";
    if (character == '\\') return R"('\\')";
    if (byte >= 7 && byte <= 13) return fmt::format("'\\{}'", escapes[byte - 7U]);
    if (byte < 0x20 || byte == 0x7f) return fmt::format("'\\x{:02x}'", byte);
    if ((byte > 0x7f && byte <= 0xa0) || byte == 0xad) return fmt::format("'\\u{:04x}'", byte);
    std::string text = "'";
    append_utf8(text, byte);
    return text + "'";
}

// The bytes of the character at the front; 0 when it is no UTF-8 (RFC 3629, section 4).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
    }
    return length;
}

class Parser {
 public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<GoJson> parse() {
        skip_space();
        if (at_end()) return invalid("EOF");
        GoJson value;
        if (!read_value(value, 0)) return Error{ErrorCode::invalid, error_};
        return value;
    }

 private:
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] char next() const { return text_[at_]; }
    void skip_space() {
        while (!at_end() && is_space(next())) ++at_;
    }

    // What stands here is not what is wanted: the end, or a character out of place.
    bool fail(std::string_view context) {
        error_ = at_end() ? "unexpected EOF"
                          : fmt::format("invalid character {} {}", quoted(next()), context);
        return false;
    }

    bool read_value(GoJson& value, int depth) {
        skip_space();
        if (at_end()) return fail("");
        switch (next()) {
            case '{': return read_object(value, depth + 1);
            case '[': return read_array(value, depth + 1);
            case '"': {
                std::string text;
                if (!read_string(text)) return false;
                value = std::move(text);
                return true;
            }
            case 't': value = true; return read_literal("true");
            case 'f': value = false; return read_literal("false");
            case 'n': value = std::monostate(); return read_literal("null");
            default: break;
        }
        if (next() == '-' || is_digit(next())) return read_number(value);
        return fail("looking for beginning of value");
    }

    bool read_literal(std::string_view word) {
        for (std::size_t i = 0; i < word.size(); ++i, ++at_) {
            if (!at_end() && next() == word[i]) continue;
            return fail(fmt::format("in literal {} (expecting '{}')", word, word[i]));
        }
        return true;
    }

    bool read_digits(std::string_view context) {
        if (at_end() || !is_digit(next())) return fail(context);
        while (!at_end() && is_digit(next())) ++at_;
        return true;
    }

    bool read_number(GoJson& value) {
        const std::size_t start = at_;
        if (next() == '-') ++at_;
        if (!at_end() && next() == '0') {
            ++at_;
        } else if (!read_digits("in numeric literal")) {
            return false;
        }
        if (!at_end() && next() == '.') {
            ++at_;
            if (!read_digits("after decimal point in numeric literal")) return false;
        }
        if (!at_end() && (next() == 'e' || next() == 'E')) {
            ++at_;
            if (!at_end() && (next() == '+' || next() == '-')) ++at_;
            if (!read_digits("in exponent of numeric literal")) return false;
        }
        value = GoNumber{std::string(text_.substr(start, at_ - start))};
        return true;
    }

    // Four hexadecimal digits, the "\u" before them already read.
    bool read_hex(std::uint32_t& unit) {
        unit = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
            const auto digit = at_end() ? digits.npos : digits.find(next());
            if (digit == digits.npos) return fail("in \\u hexadecimal character escape");
            unit = unit * 16 + static_cast<std::uint32_t>(digit % 16);
        }
        return true;
    }

    // Half a surrogate pair without the other half becomes U+FFFD.
    bool read_escaped_unit(std::string& out) {
        std::uint32_t unit = 0;
        if (!read_hex(unit)) return false;
        if (unit >= 0xd800 && unit < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            const std::size_t before = at_;
            at_ += 2;
            std::uint32_t low = 0;
            if (!read_hex(low)) return false;
            if (low >= 0xdc00 && low < 0xe000) {
                append_utf8(out, 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00));
                return true;
            }
            at_ = before;
        }
        append_utf8(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
        return true;
    }

    bool read_escape(std::string& out) {
        constexpr std::string_view names = "bfnrt\"\\/";
        constexpr std::string_view values = "\b\f\n\r\t\"\\/";
        if (at_end()) return fail("");
        if (next() == 'u') {
            ++at_;
            return read_escaped_unit(out);
        }
        const auto which = names.find(next());
        if (which == names.npos) return fail("in string escape code");
        out += values[which];
        ++at_;
        return true;
    }

    // What is no UTF-8 becomes U+FFFD, byte by byte, as in Go; otherwise two names that differ
    // could look the same in an answer.
    void read_character(std::string& out) {
        const std::size_t length = utf8_length(text_.substr(at_));
        if (length == 0) {
            append_utf8(out, 0xfffd);
        } else {
            out += text_.substr(at_, length);
        }
        at_ += std::max<std::size_t>(length, 1);
    }

    bool read_string(std::string& out) {
        ++at_;
        for (;;) {
            if (at_end() || static_cast<unsigned char>(next()) < 0x20) {
                return fail("in string literal");
            }
            const char character = next();
            if (character == '\\') {
                ++at_;
                if (!read_escape(out)) return false;
                continue;
            }
            if (character == '"') {
                ++at_;
                return true;
            }
            read_character(out);
        }
    }

    bool too_deep(int depth) {
        if (depth > depth_max) error_ = "exceeded max depth";
        return depth > depth_max;
    }

    bool read_array(GoJson& value, int depth) {
        if (too_deep(depth)) return false;
        ++at_;
        GoList list;
        skip_space();
        if (!at_end() && next() == ']') {
            ++at_;
            value = std::move(list);
            return true;
        }
        for (;;) {
            list.emplace_back();
            if (!read_value(list.back(), depth)) return false;
            skip_space();
            if (at_end() || (next() != ',' && next() != ']')) return fail("after array element");
            if (text_[at_++] == ']') break;
        }
        value = std::move(list);
        return true;
    }

    bool read_object(GoJson& value, int depth) {
        if (too_deep(depth)) return false;
        ++at_;
        GoMembers members;
        skip_space();
        if (!at_end() && next() == '}') {
            ++at_;
            value = std::move(members);
            return true;
        }
        for (;;) {
            skip_space();
            if (at_end() || next() != '"') {
                return fail("looking for beginning of object key string");
            }
            auto& [key, member] = members.emplace_back();
            if (!read_string(key)) return false;
            skip_space();
            if (at_end() || next() != ':') return fail("after object key");
            ++at_;
            if (!read_value(member, depth)) return false;
            skip_space();
            if (at_end() || (next() != ',' && next() != '}')) {
                return fail("after object key:value pair");
            }
            if (text_[at_++] == '}') break;
        }
        value = std::move(members);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string error_;
};

}  // namespace

std::string_view GoJson::kind() const {
    constexpr std::array<std::string_view, 6> names{"null",   "bool",  "number",
                                                    "string", "array", "object"};
    return names.at(index());
}

Result<GoJson> parse_go_json(std::string_view text) { return Parser(text).parse(); }

Error want(std::string_view wanted, const GoJson& value) {
    return invalid("want {}, got {}", wanted, value.kind());
}

}  // namespace gameday::proxy_server
