#include "harness/json/json.hpp"

#include "harness/json/pointer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <utility>

namespace gameday::json {

namespace {

// Builds a Value from parser events, because the library's own tree drops repeated keys silently.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
    explicit Builder(std::string_view text) : text_(text) {}

    bool null() override { return put(Value()); }
    bool boolean(bool yes) override { return put(Value(yes)); }
    bool number_integer(number_integer_t number) override { return put(Value(number)); }
    bool number_unsigned(number_unsigned_t number) override {
        if (number > 0x7fffffffffffffffULL) return put(Value(static_cast<double>(number)));
        return put(Value(static_cast<std::int64_t>(number)));
    }
    bool number_float(number_float_t number, const string_t&) override {
        return put(Value(number));
    }
    bool string(string_t& text) override { return put(Value(std::move(text))); }
    bool binary(binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Value(Params())); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(Value(List())); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (stack_.back().as<Params>()->contains(name)) {
            return fail(fmt::format("{}/{}: \"{}\" stands twice in one object, remove one",
                                    pointer_of_top(), pointer_step(name), name));
        }
        keys_.back() = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception& problem) override {
        std::size_t line = 1;
        std::size_t column = 1;
        for (std::size_t i = 0; i + 1 < position && i < text_.size(); ++i) {
            column = text_[i] == '\n' ? 1 : column + 1;
            if (text_[i] == '\n') ++line;
        }
        std::string what = problem.what();
        if (const auto cut = what.find("syntax error"); cut != std::string::npos) {
            what = what.substr(cut);
        } else if (const auto bracket = what.find("] "); bracket != std::string::npos) {
            what = what.substr(bracket + 2);
        }
        return fail(fmt::format("line {}, column {}: not JSON: {}", line, column, what));
    }

    Value root;
    std::string error;

 private:
    // Where the container being read stands.
    [[nodiscard]] std::string pointer_of_top() const {
        std::string pointer;
        for (std::size_t i = 0; i + 1 < stack_.size(); ++i) {
            const auto* list = stack_[i].as<List>();
            pointer +=
                "/" + (list != nullptr ? std::to_string(list->size()) : pointer_step(keys_[i]));
        }
        return pointer;
    }
    bool fail(std::string message) {
        if (error.empty()) error = std::move(message);
        return false;
    }
    bool put(Value value) {
        if (stack_.empty()) {
            root = std::move(value);
        } else if (auto* list = stack_.back().as<List>()) {
            list->push_back(std::move(value));
        } else {
            stack_.back().as<Params>()->insert_or_assign(keys_.back(), std::move(value));
        }
        return true;
    }
    bool open(Value value) {
        if (stack_.size() >= 200) {
            return fail("nested more than 200 deep, write fewer brackets inside one another");
        }
        stack_.push_back(std::move(value));
        keys_.emplace_back();
        return true;
    }
    bool close() {
        Value done = std::move(stack_.back());
        stack_.pop_back();
        keys_.pop_back();
        return put(std::move(done));
    }

    std::string_view text_;
    std::vector<Value> stack_;
    std::vector<std::string> keys_;
};

nlohmann::json to_library(const Value& value) {
    struct Visitor {
        nlohmann::json operator()(std::monostate) const { return nullptr; }
        nlohmann::json operator()(bool yes) const { return yes; }
        nlohmann::json operator()(std::int64_t number) const { return number; }
        nlohmann::json operator()(double number) const {
            return std::isfinite(number) ? nlohmann::json(number) : nlohmann::json(nullptr);
        }
        nlohmann::json operator()(const std::string& text) const { return text; }
        nlohmann::json operator()(const List& list) const {
            auto result = nlohmann::json::array();
            for (const auto& each : list) result.push_back(to_library(each));
            return result;
        }
        nlohmann::json operator()(const Params& object) const {
            auto result = nlohmann::json::object();
            for (const auto& [name, each] : object) result[name] = to_library(each);
            return result;
        }
    };
    return std::visit(Visitor{}, value.base());
}

constexpr auto replace_bad_utf8 = nlohmann::json::error_handler_t::replace;

}  // namespace

Result<Value> parse(std::string_view text) {
    Builder builder(text);
    constexpr bool strict = true;
    constexpr bool ignore_comments = true;
    const bool good = nlohmann::json::sax_parse(
        text, &builder, nlohmann::json::input_format_t::json, strict, ignore_comments);
    if (!good) return Error{ErrorCode::invalid, builder.error};
    return std::move(builder.root);
}

std::string print(const Value& value) {
    return to_library(value).dump(-1, ' ', false, replace_bad_utf8);
}

std::string print_pretty(const Value& value) {
    return to_library(value).dump(2, ' ', false, replace_bad_utf8) + "\n";
}

}  // namespace gameday::json
