#include "harness/scenario/words.hpp"

#include "harness/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gameday::scenario {

std::pair<std::string, std::string> split_field(std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || line.find(' ') != colon + 1) {
        return {"", std::string(line)};
    }
    return {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))};
}

std::string seen(const Value& value) {
    constexpr std::size_t longest = 60;
    std::string text = json::print(value);
    if (text.size() > longest) text = text.substr(0, longest) + "…";
    return text;
}

void scale_durations(Value& value, double factor) {
    if (auto* text = value.as<std::string>()) {
        if (const auto parsed = parse_duration(*text)) {
            *text = duration_literal(scaled(*parsed, factor));
        }
    } else if (auto* list = value.as<List>()) {
        for (auto& each : *list) scale_durations(each, factor);
    } else if (auto* object = value.as<Params>()) {
        for (auto& [name, each] : *object) scale_durations(each, factor);
    }
}

Duration scaled(Duration duration, double factor) {
    if (factor == 1) return duration;
    return Duration(std::llround(static_cast<double>(duration.count()) * factor));
}

}  // namespace gameday::scenario
