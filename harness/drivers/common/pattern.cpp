#include "harness/drivers/common/pattern.hpp"

#include "harness/drivers/common/base64.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::string_view word_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
constexpr std::array<std::string_view, 4> places{"key", "value", "key_base64", "value_base64"};

}  // namespace

Pattern::Pattern(std::string_view text, std::string_view before_key) {
    static constexpr std::array<std::pair<std::string_view, Piece>, 4> names{
        {{"{key}", Piece::key},
         {"{value}", Piece::value},
         {"{key_base64}", Piece::key_base64},
         {"{value_base64}", Piece::value_base64}}};
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) parts_.push_back({Piece::literal, std::exchange(literal, {})});
    };
    while (!text.empty()) {
        const auto* found = std::ranges::find_if(names, [&](const auto& each) {
            return text.substr(0, each.first.size()) == each.first;
        });
        if (found == names.end()) {
            literal += text.front();
            text.remove_prefix(1);
        } else {
            // Base64 goes by groups of three bytes: whole groups before the key are always the
            // same.
            const std::size_t whole = before_key.size() - before_key.size() % 3;
            const bool coded = found->second == Piece::key_base64;
            if (coded) append_base64(literal, before_key.substr(0, whole));
            if (found->second == Piece::key) literal += before_key;
            flush();
            parts_.push_back({found->second, std::string(coded ? before_key.substr(whole) : "")});
            text.remove_prefix(found->first.size());
        }
    }
    flush();
}

void Pattern::append_to(std::string& out, std::uint64_t key, std::uint64_t value) const {
    for (const auto& part : parts_) {
        if (part.piece == Piece::literal) {
            out += part.text;
            continue;
        }
        const bool is_key = part.piece == Piece::key || part.piece == Piece::key_base64;
        std::array<char, 24> digits{};  // 20, and two bytes before them
        char* const begin = std::copy(part.text.begin(), part.text.end(), digits.data());
        const auto end =
            std::to_chars(begin, digits.data() + digits.size(), is_key ? key : value).ptr;
        const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
        if (part.piece == Piece::key || part.piece == Piece::value) {
            out += text;
        } else {
            append_base64(out, text);
        }
    }
}

bool Pattern::is_constant() const {
    return std::ranges::all_of(parts_,
                               [](const Part& part) { return part.piece == Piece::literal; });
}

std::string unknown_place(std::string_view text, bool is_body) {
    for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
        const auto close = text.find_first_not_of(word_letters, open + 1);
        if (close == text.npos || text[close] != '}' || close == open + 1) continue;
        // ${NAME} is a variable of the environment, where nobody has expanded it.
        if (open > 0 && text[open - 1] == '$') continue;
        const auto word = text.substr(open + 1, close - open - 1);
        if (std::ranges::find(places, word) != places.end()) continue;
        const bool meant = word.find("key") != word.npos || word.find("value") != word.npos;
        if (meant || !is_body) return std::string(word);
    }
    return {};
}

}  // namespace gameday::drivers
