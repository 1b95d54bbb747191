#include "harness/scenario/reader.hpp"

#include "harness/json/json.hpp"
#include "harness/json/pointer.hpp"
#include "harness/model/params.hpp"
#include "harness/model/variables.hpp"
#include "harness/scenario/pointer.hpp"
#include "harness/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace gameday::scenario {

namespace {

// Whether one place holds the other, or is the list that it is an element of.
bool concerns(std::string_view pointer, std::string_view unset) {
    const auto is_step = [](std::string_view rest) { return rest.empty() || rest.front() == '/'; };
    if (pointer.starts_with(unset)) return is_step(pointer.substr(unset.size()));
    if (!unset.starts_with(pointer)) return false;
    const auto rest = unset.substr(pointer.size());
    return rest.size() > 1 && rest.front() == '/' &&
           rest.find_first_not_of("0123456789", 1) == rest.npos;
}

}  // namespace

void Log::fail(std::string_view pointer, std::string_view message, ErrorCode code) {
    // What stands where a variable has no value is no mistake of its own.
    if (std::ranges::any_of(unset, [&](const auto& each) { return concerns(pointer, each); })) {
        return;
    }
    Error error{code, fmt::format("{}: {}: {}", file, pointer, message)};
    // A place can be looked at twice; its error is told once.
    if (std::find(errors.begin(), errors.end(), error) == errors.end()) {
        errors.push_back(std::move(error));
    }
}

void Log::left_unscaled(std::string_view pointer, std::string_view what) {
    if (time_scale == 1) return;
    auto line = fmt::format("{}: {}", pointer, what);
    if (std::find(unscaled.begin(), unscaled.end(), line) == unscaled.end()) {
        unscaled.push_back(std::move(line));
    }
}

Reader::Reader(const Value* value, const Value* below, std::string pointer, Log& log, bool declared)
    : value_(value != nullptr ? value : below),
      below_(below),
      pointer_(std::move(pointer)),
      pattern_(pointer_),
      log_(&log),
      declared_(declared && value != nullptr) {}

Reader Reader::child(const Value* value, const Value* below, std::string_view step, bool declared,
                     bool listed) const {
    Reader result(value, below, pointer_ + "/" + json::pointer_step(step), *log_, declared);
    result.pattern_ = pattern_ + "/" + (listed ? "*" : json::pointer_step(step));
    return result;
}

Reader Reader::member(std::string_view name) {
    known_.emplace_back(name);
    const bool layered = declared_ && below_ != nullptr;
    Reader result = child(present() ? value_->find(name) : nullptr,
                          layered ? below_->find(name) : nullptr, name, declared_, false);
    log_->keys.insert(result.pattern_);
    return result;
}

Reader Reader::as_object(std::string_view key) const {
    if (!present() || is<Params>()) return *this;
    Reader result = *this;
    result.value_ = &log_->made.emplace_back(Params{{std::string(key), *value_}});
    return result;
}

bool Reader::expect_object() {
    if (!present()) return false;
    if (value_->as<Params>() != nullptr) return true;
    wrong("write an object in braces");
    return false;
}

std::vector<Reader> Reader::one_or_list() const {
    std::vector<Reader> result;
    if (!present()) return result;
    const auto* list = value_->as<List>();
    if (list == nullptr) {
        result.push_back(*this);
        result.back().pattern_ += "/*";
        return result;
    }
    const bool layered = declared_ && below_ != nullptr && below_->as<Params>() != nullptr;
    for (std::size_t i = 0; i < list->size(); ++i) {
        result.push_back(
            child(&(*list)[i], layered ? below_ : nullptr, std::to_string(i), declared_, true));
    }
    return result;
}

std::vector<Reader> Reader::list() const {
    if (!present()) return {};
    if (value_->as<List>() != nullptr) return one_or_list();
    wrong("write a list in brackets");
    return {};
}

std::vector<std::pair<std::string, Reader>> Reader::members() const {
    std::vector<std::pair<std::string, Reader>> result;
    const auto* object = present() ? value_->as<Params>() : nullptr;
    if (object == nullptr) return result;
    for (const auto& [name, value] : *object) {
        if (name.starts_with("x-") || name.starts_with("$")) continue;
        result.emplace_back(name, child(&value, nullptr, name, declared_, false));
    }
    return result;
}

Params Reader::rest() const {
    Params result;
    for (const auto& [name, each] : members()) {
        if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
            result.emplace(name, each.raw());
        }
    }
    return result;
}

void Reader::refuse_unknown() const {
    std::vector<std::string> known_here = known_;
    std::sort(known_here.begin(), known_here.end());
    known_here.erase(std::unique(known_here.begin(), known_here.end()), known_here.end());
    for (const auto& [name, each] : members()) {
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        each.fail(not_known(name, "key of this object", known_here));
    }
    const auto* below = declared_ && below_ != nullptr ? below_->as<Params>() : nullptr;
    if (below == nullptr) return;
    for (const auto& [name, each] : *below) {
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        fail(fmt::format("the launched system proposes {}",
                         not_known(name, "key of this object", known_here)));
    }
}

std::optional<std::string> Reader::string() const {
    if (!present()) return std::nullopt;
    if (const auto* found = value_->as<std::string>()) return *found;
    double storage = 0;
    wrong(value_->number(storage) == nullptr
              ? std::string("write a text in quotes")
              : fmt::format("write a text in quotes: \"{}\"", json::print(*value_)));
    return std::nullopt;
}

std::optional<std::string> Reader::text() const {
    auto found = string();
    return found && declared_ && log_->expand_environment ? expanded(*found) : found;
}

std::optional<std::string> Reader::word() const {
    const auto found = string();
    if (!found || !declared_) return found;
    auto result = expanded(*found);
    if (result && *result != *found) log_->resolved[pointer_] = *result;
    return result;
}

std::optional<Duration> Reader::duration() const {
    if (!present()) return std::nullopt;
    if (value_->as<std::string>() == nullptr) {
        double storage = 0;
        if (value_->number(storage) != nullptr) {
            fail(fmt::format("{0} has no unit, write \"{0}s\" or \"{0}ms\"", seen(*value_)));
        } else {
            wrong("write a duration such as \"200ms\" or \"5s\"");
        }
        return std::nullopt;
    }
    const auto text = word();
    if (!text) return std::nullopt;
    const auto parsed = parse_duration(*text);
    if (!parsed) {
        const auto& written = *value_->as<std::string>();
        fail(written == *text ? parsed.error().message
                              : fmt::format("\"{}\" stands for a text that is no duration, set it "
                                            "to one such as \"200ms\" or \"5s\"",
                                            written));
        return std::nullopt;
    }
    if (declared_) return scaled(*parsed, log_->time_scale);
    if (*parsed > Duration::zero()) {
        log_->left_unscaled(pointer_, *text + " of the launched system");
    }
    return *parsed;
}

std::optional<double> Reader::number() const {
    if (!present()) return std::nullopt;
    double storage = 0;
    if (const double* found = value_->number(storage)) return *found;
    wrong("write a number without quotes");
    return std::nullopt;
}

std::optional<double> Reader::share() const {
    if (is<std::string>() && value_->as<std::string>()->ends_with('%')) {
        const double percent = std::atof(value_->as<std::string>()->c_str());
        wrong(fmt::format("write a share of 1 without quotes: {:.6g}", percent / 100));
        return std::nullopt;
    }
    const auto found = number();
    if (!found || (*found >= 0 && *found <= 1)) return found;
    fail(*found > 1 && *found <= 100
             ? fmt::format("{} is not a share, write 0 to 1; {} percent is {:.6g}", *found, *found,
                           *found / 100)
             : fmt::format("{} is not a share, write 0 to 1", *found));
    return std::nullopt;
}

std::optional<std::int64_t> Reader::count(std::int64_t least) const {
    if (!present()) return std::nullopt;
    const auto* whole = value_->as<std::int64_t>();
    if (whole != nullptr && *whole >= least) return *whole;
    double storage = 0;
    if (value_->number(storage) != nullptr) {
        fail(fmt::format("{} is no count, write a whole number, {} or more", seen(*value_), least));
    } else {
        wrong(fmt::format("write a whole number without quotes, {} or more", least));
    }
    return std::nullopt;
}

std::optional<bool> Reader::flag() const {
    if (!present()) return std::nullopt;
    if (const auto* yes = value_->as<bool>()) return *yes;
    wrong("write true or false without quotes");
    return std::nullopt;
}

std::optional<std::size_t> Reader::choice(std::span<const std::string_view> names) const {
    const auto found = word();
    if (!found) return std::nullopt;
    const auto place = std::find(names.begin(), names.end(), *found);
    if (place != names.end()) return static_cast<std::size_t>(place - names.begin());
    fail(not_known(*found, "choice here", names));
    return std::nullopt;
}

std::vector<std::string> Reader::words() const {
    std::vector<std::string> result;
    for (const auto& each : one_or_list()) {
        if (auto word = each.word()) result.push_back(std::move(*word));
    }
    return result;
}

std::vector<std::string> Reader::argv() const {
    std::vector<std::string> result;
    if (is<std::string>()) return {"/bin/sh", "-c", *text()};
    for (const auto& each : list()) {
        if (auto part = each.text()) result.push_back(std::move(*part));
    }
    if (is<List>() && value_->as<List>()->empty()) {
        fail("is an empty list, write the command and its arguments");
    }
    return result;
}

Value Reader::raw() const {
    if (!present()) return {};
    Value result = declared_ && log_->expand_environment ? expanded_value(*value_) : *value_;
    if (declared_ && below_ != nullptr) merge_below(result, *below_);
    return result;
}

std::string Reader::text_or(std::string_view name, std::string_view otherwise) {
    const Reader place = member(name);
    if (!place.present()) place.took_default(otherwise);
    return place.text().value_or(std::string(otherwise));
}

Duration Reader::duration_or(std::string_view name, Duration otherwise) {
    const Reader place = member(name);
    if (!place.present()) {
        place.took_default(duration_literal(otherwise));
        if (otherwise > Duration::zero()) {
            log_->left_unscaled(place.pointer(), duration_literal(otherwise));
        }
    }
    return place.duration().value_or(otherwise);
}

double Reader::number_or(std::string_view name, double otherwise) {
    const Reader place = member(name);
    if (!place.present()) place.took_default(fmt::format("{}", otherwise));
    return place.number().value_or(otherwise);
}

double Reader::share_or(std::string_view name, double otherwise) {
    const Reader place = member(name);
    if (!place.present()) place.took_default(fmt::format("{}", otherwise));
    return place.share().value_or(otherwise);
}

std::int64_t Reader::count_or(std::string_view name, std::int64_t otherwise, std::int64_t least) {
    const Reader place = member(name);
    if (!place.present()) place.took_default(fmt::format("{}", otherwise));
    return place.count(least).value_or(otherwise);
}

bool Reader::flag_or(std::string_view name, bool otherwise) {
    const Reader place = member(name);
    if (!place.present()) place.took_default(otherwise ? "true" : "false");
    return place.flag().value_or(otherwise);
}

std::size_t Reader::choice_or(std::string_view name, std::span<const std::string_view> names,
                              std::size_t otherwise) {
    const Reader place = member(name);
    if (!place.present()) place.took_default(names[otherwise]);
    return place.choice(names).value_or(otherwise);
}

void Reader::fail_fields(std::string_view lines) const {
    for (std::size_t from = 0; from < lines.size();) {
        const auto end = std::min(lines.find('\n', from), lines.size());
        const auto [field, message] = split_field(lines.substr(from, end - from));
        log_->fail(field.empty() ? pointer_ : at_field(field), message);
        from = end + 1;
    }
}

void Reader::took_default(std::string_view value) const {
    if (pointer_.starts_with("/$described")) return;  // not of the file
    log_->defaults.push_back(fmt::format("{}: {}", pointer_, value));
}

std::string Reader::at(std::string_view name) const {
    return pointer_ + "/" + json::pointer_step(name);
}

std::string Reader::at_field(std::string_view field) const {
    const bool is_member = present() && value_->find(field) != nullptr;
    return is_member ? at(field) : fmt::format("{}/{}", pointer_, field);
}

std::optional<std::string> Reader::expanded(const std::string& text) const {
    std::vector<std::string> missing;
    auto result = expand_variables(std::string_view(text), log_->environment, missing);
    for (const auto& name : missing) {
        fail(
            fmt::format("\"{0}\": the environment variable {1} is not set, set it, or "
                        "write \"$${{{1}}}\" to mean the plain text \"${{{1}}}\"",
                        text, name));
    }
    if (missing.empty()) return result;
    log_->unset.insert(pointer_);
    return std::nullopt;
}

Value Reader::expanded_value(const Value& value) const {
    if (const auto* text = value.as<std::string>()) return expanded(*text).value_or(*text);
    Value result = value;
    const auto expand = [&](Value& each, std::string_view step) {
        each = child(&each, nullptr, step, declared_, false).expanded_value(each);
    };
    if (auto* list = result.as<List>()) {
        for (std::size_t i = 0; i < list->size(); ++i) expand((*list)[i], std::to_string(i));
    } else if (auto* object = result.as<Params>()) {
        for (auto& [name, each] : *object) expand(each, name);
    }
    return result;
}

void Reader::wrong(std::string_view wanted) const {
    fail(value_->is_null() ? fmt::format("is null, {}", wanted)
                           : fmt::format("{} is {}, {}", seen(*value_), value_->kind(), wanted));
}

}  // namespace gameday::scenario
