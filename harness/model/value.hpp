// Value: a tree of plain data (what JSON can say), without any JSON library.
//
// Scenario files, fault parameters, actions in the journal and results all pass through it, so that
// only harness/json knows how text becomes a tree.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gameday {

struct Value;
using List = std::vector<Value>;
using Params = std::map<std::string, Value>;  // an object: names in alphabetical order

struct Value : std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Params> {
    using variant::variant;
    Value(const char* text) : variant(std::string(text)) {}
    Value(int number) : variant(static_cast<std::int64_t>(number)) {}

    [[nodiscard]] const variant& base() const { return *this; }
    [[nodiscard]] bool is_null() const { return index() == 0; }
    template <class T>
    [[nodiscard]] const T* as() const {
        return std::get_if<T>(&base());
    }
    template <class T>
    [[nodiscard]] T* as() {
        return std::get_if<T>(static_cast<variant*>(this));
    }
    // An integer or a real number as a real number; null for anything else.
    [[nodiscard]] const double* number(double& storage) const;
    // The member of an object, or null.
    [[nodiscard]] const Value* find(std::string_view name) const;
    // "a string", "a number", … for error messages.
    [[nodiscard]] std::string_view kind() const;
};

// Text of a member of an object, "" when absent or not a string.
std::string text_at(const Params& params, const std::string& name);
// Integer member of an object, `otherwise` when absent or not an integer.
std::int64_t integer_at(const Params& params, const std::string& name, std::int64_t otherwise = 0);

}  // namespace gameday
