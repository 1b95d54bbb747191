#include "harness/json/pointer.hpp"

#include "harness/base/number.hpp"

#include <fmt/format.h>

namespace gameday::json {

std::string pointer_step(std::string_view name) {
    std::string step;
    for (const char c : name) {
        if (c == '~') {
            step += "~0";
        } else if (c == '/') {
            step += "~1";
        } else {
            step += c;
        }
    }
    return step;
}

std::vector<std::string> pointer_path(std::string_view pointer) {
    std::vector<std::string> path;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        const char next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
        if (pointer[i] == '/') {
            path.emplace_back();
        } else if (path.empty()) {
            return {};
        } else if (pointer[i] == '~' && (next == '0' || next == '1')) {
            path.back() += next == '0' ? '~' : '/';
            ++i;
        } else {
            path.back() += pointer[i];
        }
    }
    return path;
}

const Value* find_at(const Value& root, const std::vector<std::string>& path) {
    const Value* here = &root;
    for (const auto& step : path) {
        if (const auto* list = here->as<List>()) {
            const auto index = number_in<std::size_t>(step);
            if (!index || *index >= list->size()) return nullptr;
            here = &(*list)[*index];
        } else {
            here = here->find(step);
            if (here == nullptr) return nullptr;
        }
    }
    return here;
}

std::optional<std::string> scalar_text(const Value& value) {
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* number = value.as<std::int64_t>()) return fmt::format("{}", *number);
    if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
    if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
    return std::nullopt;
}

}  // namespace gameday::json
