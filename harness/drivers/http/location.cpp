#include "harness/drivers/http/location.hpp"

#include "harness/base/number.hpp"
#include "harness/drivers/common/server_names.hpp"
#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::drivers {
namespace {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Checks a whole JSON text and finds one place in it. It gives up at whatever is not plain
// (escapes, letters beyond ASCII, exponents, a repeated key on the way, deep nesting), and at what
// is wrong; the caller then asks the JSON library instead.
class Skimmer {
 public:
    Skimmer(std::string_view text, const std::vector<std::string>& path)
        : text_(text), path_(path) {}

    // What stands at the path; nothing when it gave up.
    std::optional<Found> run() {
        space();
        if (!value(0, 0)) return std::nullopt;
        space();
        if (at_ != text_.size()) return std::nullopt;
        return std::move(found_);
    }

 private:
    static constexpr std::size_t depth_max = 64;
    static constexpr std::size_t digits_max = 300;  // below what a double holds
    static constexpr std::size_t astray = static_cast<std::size_t>(-1);

    void space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    // `steps`: how much of the path led here; astray: no part of it.
    bool value(std::size_t steps, std::size_t depth) {
        if (at_ >= text_.size() || depth > depth_max) return false;
        const bool sought = steps == path_.size();
        const char c = text_[at_];
        if (c == '{' || c == '[') {
            if (sought) found_ = {Found::What::tree, {}};
            ++at_;
            const std::size_t inner = sought ? astray : steps;
            return c == '{' ? members(inner, depth + 1) : elements(inner, depth + 1);
        }
        std::optional<std::string_view> text;
        if (c == '"') {
            ++at_;
            text = plain_string();
        } else if (is_digit(c) || c == '-') {
            const bool whole = c != '-';
            text = number();
            if (sought && text && (!whole || text->find('.') != text->npos)) return false;
        } else {
            text = word();
            if (sought && text == "null") return true;
        }
        if (!text) return false;
        if (sought) found_ = {Found::What::text, std::string(*text)};
        return true;
    }

    // The rest of a string whose opening quote was taken.
    std::optional<std::string_view> plain_string() {
        const auto begin = at_;
        for (; at_ < text_.size(); ++at_) {
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '"') return text_.substr(begin, at_++ - begin);
            if (byte == '\\' || byte < ' ' || byte >= 0x7f) break;
        }
        return std::nullopt;
    }

    std::size_t digits() {
        const auto begin = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return at_ - begin;
    }

    std::optional<std::string_view> number() {
        const auto begin = at_;
        take('-');
        const bool zero = at_ < text_.size() && text_[at_] == '0';
        const std::size_t size = digits();
        if (size == 0 || size > digits_max || (zero && size > 1)) return std::nullopt;
        if (take('.') && digits() == 0) return std::nullopt;
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) return std::nullopt;
        return text_.substr(begin, at_ - begin);
    }

    std::optional<std::string_view> word() {
        for (const std::string_view known : {"true", "false", "null"}) {
            if (text_.substr(at_, known.size()) != known) continue;
            at_ += known.size();
            return known;
        }
        return std::nullopt;
    }

    bool members(std::size_t steps, std::size_t depth) {
        bool seen = false;
        space();
        if (take('}')) return true;
        for (;;) {
            if (!take('"')) return false;
            const auto name = plain_string();
            space();
            if (!name || !take(':')) return false;
            const bool on_the_way = steps != astray && *name == path_[steps];
            if (on_the_way && seen) return false;
            seen = seen || on_the_way;
            space();
            if (!value(on_the_way ? steps + 1 : astray, depth)) return false;
            space();
            if (take('}')) return true;
            if (!take(',')) return false;
            space();
        }
    }

    bool elements(std::size_t steps, std::size_t depth) {
        const auto index = steps == astray ? std::nullopt : index_of(path_[steps]);
        space();
        if (take(']')) return true;
        for (std::uint64_t i = 0;; ++i) {
            if (!value(index == i ? steps + 1 : astray, depth)) return false;
            space();
            if (take(']')) return true;
            if (!take(',')) return false;
            space();
        }
    }

    static std::optional<std::uint64_t> index_of(std::string_view step) {
        const bool plain = !step.empty() && step.find_first_not_of("0123456789") == step.npos;
        return plain ? parse_number(step) : std::nullopt;
    }

    std::string_view text_;
    const std::vector<std::string>& path_;
    std::size_t at_ = 0;
    Found found_;
};

Found walk(const Value& root, const std::vector<std::string>& path) {
    const Value* here = json::find_at(root, path);
    if (here == nullptr || here->is_null()) return {};
    auto text = json::scalar_text(*here);
    if (!text) return {Found::What::tree, {}};
    return {Found::What::text, std::move(*text)};
}

}  // namespace

Result<Location> parse_location(std::string_view text) {
    Location location;
    location.text = text;
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
        return invalid(
            "\"{}\" is not a location, write a JSON pointer \"/a/b\", \"header:Name\" or \"body\"",
            text);
    }
    location.kind = Location::Kind::pointer;
    location.path = json::pointer_path(text);
    return location;
}

Found find_in_json(std::string_view json, const std::vector<std::string>& path) {
    if (auto found = Skimmer(json, path).run()) return std::move(*found);
    const auto parsed = json::parse(json);
    if (!parsed) return {Found::What::malformed, {}};
    return walk(*parsed, path);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    return number_in<std::uint64_t>(trimmed(text));
}

}  // namespace gameday::drivers
