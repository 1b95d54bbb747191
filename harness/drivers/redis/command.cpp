#include "harness/drivers/redis/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace gameday::drivers {
namespace {

constexpr std::string_view word_blanks = " \t\r\n";

void append_word(std::string& out, std::string_view word) {
    out += fmt::format("${}\r\n{}\r\n", word.size(), word);
}

std::string in_capitals(std::string_view text) {
    std::string capitals(text);
    for (char& letter : capitals) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return capitals;
}

// Reads what stands behind a quote, up to the one that ends it. False: none does.
bool read_quoted(std::string_view& text, std::string& word) {
    while (!text.empty()) {
        char letter = text.front();
        text.remove_prefix(1);
        if (letter == '"') return true;
        if (letter == '\\' && (text.starts_with('"') || text.starts_with('\\'))) {
            letter = text.front();
            text.remove_prefix(1);
        }
        word += letter;
    }
    return false;
}

}  // namespace

Result<std::vector<std::string>> split_command(std::string_view text) {
    std::vector<std::string> words;
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(word_blanks), text.size()));
        if (text.empty()) break;
        std::string& word = words.emplace_back();
        while (!text.empty() && word_blanks.find(text.front()) == word_blanks.npos) {
            const char letter = text.front();
            text.remove_prefix(1);
            if (letter != '"') {
                word += letter;
            } else if (!read_quoted(text, word)) {
                return Error{ErrorCode::invalid, "a double quote has no other one behind it"};
            }
        }
    }
    if (words.empty()) return Error{ErrorCode::invalid, "has no command"};
    return words;
}

void append_command(std::string& out, const std::vector<std::string>& words) {
    out += fmt::format("*{}\r\n", words.size());
    for (const auto& word : words) append_word(out, word);
}

std::string command_bytes(std::initializer_list<std::string_view> words) {
    std::string out;
    append_command(out, {words.begin(), words.end()});
    return out;
}

RedisCommand::RedisCommand(std::vector<std::string> words) : name_(in_capitals(words.front())) {
    std::string before = fmt::format("*{}\r\n", words.size());
    for (const auto& word : words) {
        words_.push_back(in_capitals(word));
        Pattern pattern(word);
        if (pattern.is_constant()) {
            append_word(before, word);
        } else {
            pieces_.push_back({std::exchange(before, "\r\n"), std::move(pattern)});
        }
    }
    pieces_.push_back({std::move(before), {}});
}

// The length of a word stands before it, and is known when it is written.
void RedisCommand::append_to(std::string& out, std::uint64_t key, std::uint64_t value) const {
    for (const auto& piece : pieces_) {
        out += piece.before;
        if (&piece == &pieces_.back()) break;
        const std::size_t begin = out.size();
        piece.word.append_to(out, key, value);
        std::array<char, 24> head{'$'};
        char* end =
            std::to_chars(head.data() + 1, head.data() + head.size() - 2, out.size() - begin).ptr;
        *end++ = '\r';
        *end++ = '\n';
        out.insert(begin, head.data(), static_cast<std::size_t>(end - head.data()));
    }
}

bool RedisCommand::has(std::string_view word) const {
    return std::find(words_.begin(), words_.end(), word) != words_.end();
}

}  // namespace gameday::drivers
