// Numbers that stand in texts.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace gameday {

// The number that the whole text is; none when it is anything else, or beyond the type.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    return error == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

}  // namespace gameday
