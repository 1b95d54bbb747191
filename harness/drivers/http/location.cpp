#include "harness/drivers/http/location.hpp"

#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool ends_scalar(char c) { return c == ',' || c == ']' || c == '}' || is_space(c); }

// Reads just enough JSON to step over it. Every function is false when it meets something that is
// not plain; the caller then asks the JSON library instead.
class Skimmer {
 public:
    explicit Skimmer(std::string_view text) : text_(text) {}

    // Moves to the value at the path; false also when there is none.
    bool seek(const std::vector<std::string>& path) {
        for (const auto& token : path) {
            space();
            if (take('{') ? !member(token) : !(take('[') && element(token))) return false;
        }
        space();
        return at_ < text_.size();
    }

    // The text of the string, number or boolean here.
    std::optional<std::string_view> scalar() {
        if (take('"')) return plain_string();
        const auto begin = at_;
        while (at_ < text_.size() && !ends_scalar(text_[at_])) ++at_;
        const auto word = text_.substr(begin, at_ - begin);
        const bool number =
            !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
        return number ? std::optional(word) : std::nullopt;
    }

 private:
    void space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    // The rest of a string whose opening quote was taken.
    std::optional<std::string_view> plain_string() {
        const auto end = text_.find_first_of("\"\\", at_);
        if (end == std::string_view::npos || text_[end] == '\\') return std::nullopt;
        const auto string = text_.substr(at_, end - at_);
        at_ = end + 1;
        return string;
    }

    bool member(std::string_view name) {
        for (;;) {
            space();
            if (!take('"')) return false;
            const auto seen = plain_string();
            space();
            if (!seen || !take(':')) return false;
            if (*seen == name) return true;
            if (!skip_value()) return false;
            space();
            if (!take(',')) return false;
        }
    }

    bool element(std::string_view token) {
        const auto index = parse_number(token);
        if (!index) return false;
        for (std::uint64_t i = 0; i < *index; ++i) {
            if (!skip_value()) return false;
            space();
            if (!take(',')) return false;
        }
        space();
        return at_ < text_.size() && text_[at_] != ']';
    }

    bool skip_value() {
        std::size_t depth = 0;
        space();
        do {
            if (at_ >= text_.size()) return false;
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                if (!plain_string()) return false;
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0) return false;
                --depth;
                ++at_;
            } else if (depth == 0) {
                at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
            } else {
                ++at_;
            }
        } while (depth > 0);
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

Found walk(const Value& root, const std::vector<std::string>& path) {
    const Value* here = json::find_at(root, path);
    if (here == nullptr || here->is_null()) return {};
    auto text = json::scalar_text(*here);
    if (!text) return {Found::What::malformed, {}};
    return {Found::What::text, std::move(*text)};
}

}  // namespace

Result<Location> parse_location(std::string_view text) {
    Location location;
    if (text.empty()) return location;
    if (text == "body") {
        location.kind = Location::Kind::body;
        return location;
    }
    if (text.substr(0, 7) == "header:" && text.size() > 7) {
        location.kind = Location::Kind::header;
        location.header = text.substr(7);
        return location;
    }
    if (text.front() != '/') {
        return Error{ErrorCode::invalid,
                     fmt::format("\"{}\" is not a location, write a JSON pointer \"/a/b\", "
                                 "\"header:Name\" or \"body\"",
                                 text)};
    }
    location.kind = Location::Kind::pointer;
    location.path = json::pointer_path(text);
    return location;
}

Found find_in_json(std::string_view json, const std::vector<std::string>& path) {
    Skimmer skimmer(json);
    if (skimmer.seek(path)) {
        if (const auto text = skimmer.scalar()) return {Found::What::text, std::string(*text)};
    }
    const auto parsed = json::parse(json);
    if (!parsed) return {Found::What::malformed, {}};
    return walk(*parsed, path);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace gameday::drivers
