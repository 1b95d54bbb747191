#include "harness/model/variables.hpp"

namespace gameday {

std::string expand_variables(std::string_view text, const VariableLookup& lookup,
                             std::vector<std::string>& missing) {
    std::string result;
    std::size_t from = 0;
    for (auto dollar = text.find("${"); dollar != std::string_view::npos;
         dollar = text.find("${", from)) {
        const auto end = text.find('}', dollar);
        if (end == std::string_view::npos) break;
        if (dollar > from && text[dollar - 1] == '$') {
            result += text.substr(from, dollar - from - 1);
            result += text.substr(dollar, end + 1 - dollar);
        } else {
            result += text.substr(from, dollar - from);
            const std::string name(text.substr(dollar + 2, end - dollar - 2));
            const auto found = lookup ? lookup(name) : std::nullopt;
            if (found) {
                result += *found;
            } else {
                missing.push_back(name);
            }
        }
        from = end + 1;
    }
    result += text.substr(from);
    return result;
}

Value expand_variables(const Value& value, const VariableLookup& lookup,
                       std::vector<std::string>& missing) {
    if (const auto* text = value.as<std::string>()) {
        return Value(expand_variables(std::string_view(*text), lookup, missing));
    }
    Value result = value;
    if (auto* list = result.as<List>()) {
        for (auto& each : *list) each = expand_variables(each, lookup, missing);
    } else if (auto* object = result.as<Params>()) {
        for (auto& [name, each] : *object) each = expand_variables(each, lookup, missing);
    }
    return result;
}

}  // namespace gameday
