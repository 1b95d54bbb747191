#include "injectors/devices/proxy/http/scanner.hpp"

#include <algorithm>

namespace gameday::devices::proxy::http {

namespace {

constexpr std::size_t method_most = 32;
constexpr std::string_view version = "HTTP/1.";  // and one digit

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// RFC 9110, section 5.6.2.
bool is_token(char byte) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return letter || is_digit(byte) || others.find(byte) != std::string_view::npos;
}

bool is_visible(char byte) { return static_cast<unsigned char>(byte) > ' ' && byte != 0x7f; }

bool fits_version(std::size_t at, char byte) {
    return at < version.size() ? byte == version[at] : byte == '0' || byte == '1';
}

}  // namespace

bool HeadScanner::next_word(char byte) {
    if (byte != ' ' || at_ == 0) return false;
    ++word_;
    at_ = 0;
    return true;
}

bool HeadScanner::fits_request_line(char byte) {
    if (word_ == 0 && is_token(byte) && at_ < method_most) return ++at_, true;
    if (word_ == 1 && is_visible(byte)) return ++at_, true;
    if (word_ < 2) return next_word(byte);
    if (at_ <= version.size()) return fits_version(at_++, byte);
    return byte == '\r';
}

bool HeadScanner::fits_status_line(char byte) {
    if (word_ == 0 && at_ <= version.size()) return fits_version(at_++, byte);
    if (word_ == 1 && at_ < 3) return ++at_, is_digit(byte);
    return word_ == 2 || next_word(byte);
}

HeadScanner::Verdict HeadScanner::take(char byte) {
    if (cr_ || byte == '\n') {
        if (!cr_ || byte != '\n') return Verdict::impossible;
        cr_ = false;
        if (line_ > 0 && at_ == 0) return Verdict::whole;
        ++line_;
        at_ = 0;
        return Verdict::more;
    }
    if (line_ > 0) {
        cr_ = byte == '\r';
        if (!cr_) ++at_;
        return Verdict::more;
    }
    const bool fits = side_ == Side::requests ? fits_request_line(byte) : fits_status_line(byte);
    cr_ = byte == '\r';
    if (cr_ && word_ < 2) return Verdict::impossible;
    return fits ? Verdict::more : Verdict::impossible;
}

bool begins_request(std::string_view bytes) {
    HeadScanner scanner(Side::requests);
    return std::ranges::any_of(bytes, [&scanner, possible = true](char byte) mutable {
        possible = possible && scanner.take(byte) != HeadScanner::Verdict::impossible;
        return possible && scanner.start_line_whole();
    });
}

}  // namespace gameday::devices::proxy::http
