#include "reporters/common/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gameday::reporters {

namespace {

constexpr char32_t replacement = 0xFFFD;

// The code point at `at`, moving `at` behind it; U+FFFD and one byte on when it is not UTF-8
// (overlong forms, surrogates and values above U+10FFFF are not: RFC 3629 section 3).
char32_t next_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t index) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[index]));
    };
    const char32_t first = byte(at);
    ++at;
    if (first < 0x80) return first;
    const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4 || at + more > text.size()) return replacement;
    char32_t point = first & (0x3FU >> more);
    for (std::size_t i = 0; i < more; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80) return replacement;
        point = (point << 6U) | (byte(at + i) & 0x3FU);
    }
    constexpr std::array<char32_t, 4> least{0, 0x80, 0x800, 0x10000};
    if (point < least.at(more) || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
        return replacement;
    }
    at += more;
    return point;
}

void append(std::string& out, char32_t point) {
    const auto put = [&](char32_t value) { out += static_cast<char>(value); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0U | (point >> 6U));
        put(0x80U | (point & 0x3FU));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    } else {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
        put(0x80U | (point & 0x3FU));
    }
}

struct Range {
    char32_t low, high;
};

template <std::size_t n>
bool within(char32_t point, const std::array<Range, n>& ranges) {
    return std::ranges::any_of(
        ranges, [&](const Range& range) { return range.low <= point && point <= range.high; });
}

// Controls, bidirectional marks and overrides, the byte order mark, non-characters.
constexpr std::array<Range, 8> dropped{{{0x00, 0x1F},
                                        {0x7F, 0x9F},
                                        {0x200E, 0x200F},
                                        {0x202A, 0x202E},
                                        {0x2066, 0x2069},
                                        {0xFDD0, 0xFDEF},
                                        {0xFEFF, 0xFEFF},
                                        {0xFFFE, 0xFFFF}}};
constexpr std::array<Range, 4> zero_wide{
    {{0x300, 0x36F}, {0x200B, 0x200D}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 9> two_wide{{{0x1100, 0x115F},
                                         {0x2E80, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0xFFE0, 0xFFE6},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};

std::size_t width(char32_t point) {
    if (within(point, zero_wide)) return 0;
    return within(point, two_wide) ? 2 : 1;
}

// The longest beginning of `text` that fits; at least one code point, so that callers move on.
std::string_view fitting(std::string_view text, std::size_t columns) {
    std::size_t used = 0;
    std::size_t end = 0;
    for (std::size_t at = 0; at < text.size();) {
        used += width(next_point(text, at));
        if (used > columns && end > 0) break;
        end = at;
    }
    return text.substr(0, end);
}

constexpr std::string_view no_break = "\u00A0";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Where a word that is too long for a line may end: at a no-break space if there is one, but not
// between a number and its unit; else in its midst.
std::string_view line_of(std::string_view word, std::size_t columns) {
    const auto most = fitting(word, columns + 1);  // the space itself needs no room
    for (auto at = most.rfind(no_break); at != most.npos && at > 0;
         at = most.rfind(no_break, at - 1)) {
        const auto after = at + no_break.size();
        const bool is_unit =
            is_digit(word[at - 1]) && after < word.size() && !is_digit(word[after]);
        if (!is_unit) return word.substr(0, at);
    }
    return fitting(word, columns);
}

}  // namespace

std::string valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) append(out, next_point(text, at));
    return out;
}

std::string clean(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const char32_t point = next_point(text, at);
        const bool breaks =
            point == '\n' || point == '\t' || point == '\r' || point == 0x2028 || point == 0x2029;
        const bool last_of_plane = (point & 0xFFFEU) == 0xFFFE;
        if (breaks) {
            out += ' ';
        } else if (!within(point, dropped) && !last_of_plane) {
            append(out, point);
        }
    }
    return out;
}

std::string xml(std::string_view text) {
    std::string out;
    for (const char each : clean(text)) {
        switch (each) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += each;
        }
    }
    return out;
}

std::string markdown_text(std::string_view text) {
    std::string out;
    for (const char each : clean(text)) {
        switch (each) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '@': out += "&#64;"; break;  // nobody is notified by a scenario's name
            case '\\':
            case '`':
            case '*':
            case '_':
            case '[':
            case ']':
            case '#':
            case '|':
            case '~':
            case '!':
                out += '\\';
                out += each;
                break;
            default: out += each;
        }
    }
    return out;
}

std::size_t width(std::string_view text) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) columns += width(next_point(text, at));
    return columns;
}

std::string pad(std::string text, std::size_t columns) {
    const std::size_t used = width(text);
    if (used < columns) text.append(columns - used, ' ');
    return text;
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
    columns = std::max<std::size_t>(columns, 2);
    std::vector<std::string> lines(1);
    std::size_t used = 0;
    while (!text.empty()) {
        const auto space = text.find(' ');
        std::string_view word = text.substr(0, space);
        text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
        if (word.empty()) continue;
        if (used > 0 && used + 1 + width(word) > columns) {
            lines.emplace_back();
            used = 0;
        }
        if (used > 0) {
            lines.back() += ' ';
            ++used;
        }
        while (used + width(word) > columns) {
            const auto piece = line_of(word, columns - used);
            lines.back() += piece;
            word.remove_prefix(piece.size());
            if (word.starts_with(no_break)) word.remove_prefix(no_break.size());
            lines.emplace_back();
            used = 0;
        }
        lines.back() += word;
        used += width(word);
    }
    if (lines.size() > 1 && lines.back().empty()) lines.pop_back();
    return lines;
}

std::string shorten(std::string_view text, std::size_t columns) {
    if (width(text) <= columns) return std::string(text);
    if (columns < 2) return "…";
    return std::string(fitting(text, columns - 1)) + "…";
}

}  // namespace gameday::reporters
