// RedisCommand: a command as a scenario writes it, compiled into what goes over the wire. Pure.
#pragma once

#include "harness/base/result.hpp"
#include "harness/drivers/common/pattern.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

// Words part at blanks. Within double quotes blanks are kept, and \" and \\ are a quote and a
// backslash. `invalid` when a quote does not end, or nothing is there.
Result<std::vector<std::string>> split_command(std::string_view text);

// A command of fixed words, as RESP has it.
void append_command(std::string& out, const std::vector<std::string>& words);
std::string command_bytes(std::initializer_list<std::string_view> words);

// With places for key and value within its words.
class RedisCommand {
 public:
    RedisCommand() = default;
    explicit RedisCommand(std::vector<std::string> words);

    void append_to(std::string& out, std::uint64_t key, std::uint64_t value) const;
    // The first word, in capitals.
    [[nodiscard]] const std::string& name() const { return name_; }
    // Whether a word is that one, which is in capitals.
    [[nodiscard]] bool has(std::string_view word) const;

 private:
    struct Piece {
        std::string before;  // bytes that are the same every time
        Pattern word;        // then a word that is not, unless it is the last piece
    };
    std::string name_;
    std::vector<std::string> words_;  // in capitals
    std::vector<Piece> pieces_;
};

}  // namespace gameday::drivers
