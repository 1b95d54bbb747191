// Location: where in an answer something is found: a JSON pointer (RFC 6901), a header, the body.
//
// Answers are small and looked at once per operation, so a pointer is followed by skimming the text
// without building a tree. The whole text is checked on the way: what is cut off, or no JSON behind
// the value, is malformed. Whatever is not plain to the skimmer goes to the JSON library.
#pragma once

#include "harness/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::drivers {

struct Location {
    enum class Kind : std::uint8_t { none, pointer, header, body };
    Kind kind = Kind::none;
    std::vector<std::string> path;  // of a pointer, unescaped
    std::string header;
    std::string text{};  // as it was written
    bool operator==(const Location&) const = default;
};

// Reads "/a/0/b", "header:Name", "body", or "" for nowhere.
Result<Location> parse_location(std::string_view text);

struct Found {
    enum class What : std::uint8_t { text, absent, tree, malformed };
    What what = What::absent;
    std::string text;  // strings unquoted, numbers and booleans as written
    bool operator==(const Found&) const = default;
};

// What stands at the pointer. absent: valid JSON without it, or null. tree: an object or a list.
// malformed: no JSON.
Found find_in_json(std::string_view json, const std::vector<std::string>& path);

// A whole number written in decimal, with nothing but blanks and line breaks around it.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace gameday::drivers
