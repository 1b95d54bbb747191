#include "harness/model/value.hpp"

#include <array>

namespace gameday {

const double* Value::number(double& storage) const {
    if (const auto* whole = as<std::int64_t>()) {
        storage = static_cast<double>(*whole);
        return &storage;
    }
    return as<double>();
}

const Value* Value::find(std::string_view name) const {
    const auto* object = as<Params>();
    if (object == nullptr) return nullptr;
    const auto found = object->find(std::string(name));
    return found == object->end() ? nullptr : &found->second;
}

std::string_view Value::kind() const {
    constexpr std::array<std::string_view, 7> names{"null",     "a boolean", "a number", "a number",
                                                    "a string", "a list",    "an object"};
    return names.at(index());
}

std::string text_at(const Params& params, const std::string& name) {
    const auto found = params.find(name);
    if (found == params.end()) return {};
    const auto* text = found->second.as<std::string>();
    return text == nullptr ? std::string() : *text;
}

std::int64_t integer_at(const Params& params, const std::string& name, std::int64_t otherwise) {
    const auto found = params.find(name);
    if (found == params.end()) return otherwise;
    const auto* whole = found->second.as<std::int64_t>();
    return whole == nullptr ? otherwise : *whole;
}

}  // namespace gameday
