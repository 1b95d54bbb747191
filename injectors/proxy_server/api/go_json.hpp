// JSON as Go's encoding/json reads it, because that is what Toxiproxy's clients were written
// against: the first value of the text counts and what follows is not looked at, repeated keys are
// allowed, and errors have Go's words. Pure.
#pragma once

#include "harness/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gameday::proxy_server {

struct GoJson;

// A number as it was written: whether it is whole is asked later, of the text.
struct GoNumber {
    std::string text;
    bool operator==(const GoNumber&) const = default;
};

using GoList = std::vector<GoJson>;
using GoMembers = std::vector<std::pair<std::string, GoJson>>;  // in order, keys may repeat

struct GoJson : std::variant<std::monostate, bool, GoNumber, std::string, GoList, GoMembers> {
    using variant::variant;
    [[nodiscard]] const variant& base() const { return *this; }
    template <class T>
    [[nodiscard]] const T* as() const {
        return std::get_if<T>(&base());
    }
    [[nodiscard]] bool is_null() const { return index() == 0; }
    // "bool", "number", "string", "array" or "object": how Go's errors call it.
    [[nodiscard]] std::string_view kind() const;
};

// Fails with `invalid` and Go's text: "EOF" (nothing there), "unexpected EOF", "invalid character
// 'x' looking for beginning of value", "exceeded max depth" (1000 here, 10000 in Go).
Result<GoJson> parse_go_json(std::string_view text);

// `want bool, got string`: an error of kind `invalid` for a value of another kind than the wanted.
Error want(std::string_view wanted, const GoJson& value);

}  // namespace gameday::proxy_server
