#include "harness/store/cells.hpp"

#include "harness/base/number.hpp"
#include "harness/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace gameday::store {

namespace {

constexpr std::int64_t second = 1'000'000'000;

// Texts that may stand without quotes: no blank, comma or quote, nothing that reads as "none", as
// a number of a node, as a comment or as the head of a table.
bool is_bare(std::string_view text) {
    constexpr std::string_view marks = "_.:/>@{}()+-=%?&~";
    return !text.empty() && text != "-" && text != "?" &&
           std::ranges::all_of(text, [&](char letter) {
               return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                      marks.find(letter) != std::string_view::npos;
           });
}

// Cuts at `is_cut` outside quotes; empty pieces are kept when `keep_empty`.
std::optional<std::vector<std::string>> split(std::string_view text, bool (*is_cut)(char),
                                              bool keep_empty) {
    std::vector<std::string> pieces;
    std::string piece;
    bool quoted = false;
    const auto end_piece = [&] {
        if (keep_empty || !piece.empty()) pieces.push_back(std::move(piece));
        piece.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!quoted && is_cut(text[i])) {
            end_piece();
            continue;
        }
        piece += text[i];
        if (text[i] == '"') quoted = !quoted;
        if (quoted && text[i] == '\\' && i + 1 < text.size()) piece += text[++i];
    }
    end_piece();
    if (quoted) return std::nullopt;
    return pieces;
}

}  // namespace

std::string seconds_text(std::int64_t nanoseconds) {
    // Unsigned, because the most negative number has no positive counterpart.
    const bool negative = nanoseconds < 0;
    auto size = static_cast<std::uint64_t>(nanoseconds);
    if (negative) size = 0 - size;
    std::string text = fmt::format("{}{}.{:09}", negative ? "-" : "", size / second, size % second);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
}

bool read_seconds(std::string_view text, std::int64_t& nanoseconds) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto dot = std::min(text.find('.'), text.size());
    std::string digits(text.substr(0, dot));
    std::string decimals(dot < text.size() ? text.substr(dot + 1) : "0");
    if (digits.empty() || decimals.empty() || decimals.size() > 9) return false;
    decimals.resize(9, '0');
    digits += decimals;
    if (negative) digits.insert(0, "-");
    if (digits.find('-', 1) != std::string::npos) return false;
    const auto read = number_in<std::int64_t>(digits);
    nanoseconds = read.value_or(nanoseconds);
    return read.has_value();
}

std::optional<std::vector<std::string>> split_cells(std::string_view line) {
    return split(
        line, [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; }, false);
}

std::optional<std::vector<std::string>> split_list(std::string_view cell) {
    return split(
        cell, [](char letter) { return letter == ','; }, true);
}

std::string CellWriter::text(const std::string& value) const {
    if (value.empty()) return "-";
    return is_bare(value) ? value : json::print(value);
}

std::string CellWriter::text(const Endpoint& value) const {
    return value == Endpoint{} ? "-" : text(value.text());
}

bool CellReader::read(std::string_view cell, std::string& out) const {
    if (cell == "-") {
        out.clear();
        return true;
    }
    if (!cell.starts_with('"')) {
        out = cell;
        return is_bare(cell);
    }
    const auto value = json::parse(cell);
    const auto* text = value ? value->as<std::string>() : nullptr;
    if (text != nullptr) out = *text;
    return text != nullptr;
}

bool CellReader::read(std::string_view cell, bool& out) const {
    out = cell == "yes";
    return out || cell == "no";
}

bool CellReader::read(std::string_view cell, Duration& out) const {
    std::int64_t nanoseconds = 0;
    if (!read_seconds(cell, nanoseconds)) return false;
    out = Duration(nanoseconds);
    return true;
}

bool CellReader::read(std::string_view cell, Instant& out) const {
    Duration since{};
    if (!read(cell, since)) return false;
    out = Instant(since);
    return true;
}

bool CellReader::read(std::string_view cell, Endpoint& out) const {
    if (cell == "-") return true;
    std::string text;
    if (!read(cell, text)) return false;
    auto endpoint = parse_endpoint(text);
    if (endpoint) out = std::move(*endpoint);
    return endpoint.has_value();
}

}  // namespace gameday::store
