#include "harness/scenario/pointer.hpp"

#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace gameday::scenario {

namespace {

std::vector<std::string> split_at_dots(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t from = 0;;) {
        const auto end = text.find('.', from);
        parts.emplace_back(text.substr(from, end - from));
        if (end == std::string_view::npos) return parts;
        from = end + 1;
    }
}

std::optional<std::size_t> position(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

// The place below `value` that a step of a --set path names, made when it is missing.
Result<Value*> descend(Value& value, const std::string& step) {
    const auto index = position(step);
    if (value.is_null()) value = index ? Value(List()) : Value(Params());
    if (auto* object = value.as<Params>()) return &(*object)[step];
    if (auto* list = value.as<List>()) {
        if (!index || *index > list->size()) {
            return Error{ErrorCode::invalid,
                         fmt::format("\"{}\" is no position in a list of {}, write 0 to {}", step,
                                     list->size(), list->size())};
        }
        if (*index == list->size()) list->emplace_back();
        return &(*list)[*index];
    }
    return Error{ErrorCode::invalid,
                 fmt::format("\"{}\" looks inside {}, which has no members", step, value.kind())};
}

}  // namespace

void put_at_pointer(Value& tree, std::string_view pointer, Value value) {
    Value* place = &tree;
    for (const auto& step : json::pointer_path(pointer)) {
        if (auto* object = place->as<Params>()) {
            place = &(*object)[step];
        } else if (auto* list = place->as<List>()) {
            const auto index = position(step);
            if (!index || *index >= list->size()) return;
            place = &(*list)[*index];
        } else {
            return;
        }
    }
    *place = std::move(value);
}

Result<void> apply_set(Value& tree, std::string_view setting) {
    const auto equals = setting.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return Error{ErrorCode::invalid,
                     fmt::format("--set {}: is not path=value, write for example "
                                 "--set load.0.rate_per_s=500",
                                 setting)};
    }
    const auto path = setting.substr(0, equals);
    const auto text = setting.substr(equals + 1);
    auto steps = split_at_dots(path);
    const Value* load = tree.find("load");
    if (steps.size() > 2 && steps[0] == "load" && steps[1] == "0" && load != nullptr &&
        load->as<Params>() != nullptr) {
        steps.erase(steps.begin() + 1);
    }
    // Worked out on a copy, so that a path that fails half way leaves nothing behind.
    Value changed = tree;
    Value* place = &changed;
    for (const auto& step : steps) {
        if (step.empty()) {
            return Error{ErrorCode::invalid,
                         fmt::format("--set {}: has an empty step, write names with single dots "
                                     "between them",
                                     setting)};
        }
        auto next = descend(*place, step);
        if (!next) return std::move(next.error()).within(fmt::format("--set {}", setting));
        place = *next;
    }
    auto parsed = json::parse(text);
    *place = parsed ? std::move(*parsed) : Value(std::string(text));
    tree = std::move(changed);
    return {};
}

void merge_below(Value& value, const Value& below) {
    auto* object = value.as<Params>();
    const auto* other = below.as<Params>();
    if (object == nullptr || other == nullptr) return;
    for (const auto& [name, each] : *other) {
        const auto [place, added] = object->emplace(name, each);
        if (!added) merge_below(place->second, each);
    }
}

}  // namespace gameday::scenario
