#include "harness/model/params.hpp"

#include "harness/base/ensure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace gameday {

std::string_view param_type_name(ParamType type) {
    constexpr std::array<std::string_view, 14> names{
        "text", "duration", "share",  "count",  "number",  "rate",   "flag",
        "name", "names",    "groups", "choice", "command", "object", "numbers"};
    return names.at(static_cast<std::size_t>(type));
}

Result<std::int64_t> parse_rate(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, double>, 10> units{
        {{"bit", 1.0 / 8},
         {"Kbit", 1e3 / 8},
         {"Mbit", 1e6 / 8},
         {"Gbit", 1e9 / 8},
         {"B", 1.0},
         {"KB", 1e3},
         {"KiB", 1024.0},
         {"MB", 1e6},
         {"MiB", 1024.0 * 1024.0},
         {"GB", 1e9}}};
    const std::string copy(text);
    char* end = nullptr;
    const double number = std::strtod(copy.c_str(), &end);
    std::string_view unit(end);
    constexpr double most = 9e18;  // what 64 bits hold, with room
    if (end != copy.c_str() && number >= 0) {
        for (const auto& [name, factor] : units) {
            if (unit != name || !(number * factor < most)) continue;
            return static_cast<std::int64_t>(std::llround(number * factor));
        }
    }
    return Error{ErrorCode::invalid,
                 fmt::format("\"{}\" is not a rate, write for example \"20Mbit\" or \"64KiB\" "
                             "(per second)",
                             text)};
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto candidate : known) {
        std::vector<std::size_t> row(candidate.size() + 1);
        for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
        for (std::size_t i = 1; i <= word.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i;
            for (std::size_t j = 1; j < row.size(); ++j) {
                const std::size_t change = diagonal + (word[i - 1] == candidate[j - 1] ? 0U : 1U);
                diagonal = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = candidate;
        }
    }
    return best;
}

std::string not_known(std::string_view word, std::string_view what,
                      std::span<const std::string_view> known) {
    // "rate" for "rate_per_s", "warning" for "warn": one begins with the other.
    const auto begins = std::find_if(known.begin(), known.end(), [&](std::string_view each) {
        return std::min(word.size(), each.size()) >= 3 &&
               (each.starts_with(word) || word.starts_with(each));
    });
    const auto near = begins != known.end() ? *begins : nearest(word, known);
    if (!near.empty()) {
        return fmt::format("\"{}\" is no {}, did you mean \"{}\"?", word, what, near);
    }
    if (known.empty()) return fmt::format("\"{}\" is no {}, there is none", word, what);
    return fmt::format("\"{}\" is no {}; known are {}", word, what, fmt::join(known, ", "));
}

std::string not_known(std::string_view word, std::string_view what,
                      std::span<const std::string> known) {
    const std::vector<std::string_view> views(known.begin(), known.end());
    return not_known(word, what, std::span<const std::string_view>(views));
}

ParamReader::ParamReader(const Params& params, std::span<const ParamSpec> specs)
    : params_(params), specs_(specs) {}

const ParamSpec& ParamReader::spec(std::string_view name) const {
    const auto found = std::find_if(specs_.begin(), specs_.end(),
                                    [&](const ParamSpec& each) { return each.name == name; });
    GAMEDAY_ENSURE(found != specs_.end());
    return *found;
}

const Value* ParamReader::find(std::string_view name) const {
    const auto found = params_.find(std::string(name));
    return found == params_.end() || found->second.is_null() ? nullptr : &found->second;
}

bool ParamReader::has(std::string_view name) const { return find(name) != nullptr; }

void ParamReader::fail(std::string_view name, std::string message) {
    errors_.emplace(std::string(name), std::move(message));
}

std::string ParamReader::text_or_default(std::string_view name) {
    const Value* value = find(name);
    if (value == nullptr) return std::string(spec(name).fallback);
    if (const auto* text = value->as<std::string>()) return *text;
    double number = 0;
    if (const double* seen = value->number(number)) {
        if (spec(name).type == ParamType::duration) {
            fail(name, fmt::format("{0} has no unit, write \"{0}s\" or \"{0}ms\"", *seen));
        } else if (spec(name).type == ParamType::rate) {
            fail(name, fmt::format("{0} has no unit, write for example \"{0}Mbit\"", *seen));
        } else {
            fail(name, fmt::format("{0} is a number, write a text: \"{0}\"", *seen));
        }
    } else {
        fail(name,
             fmt::format("is {}, write {}", value->kind(),
                         spec(name).type == ParamType::duration ? "a duration such as \"200ms\""
                                                                : "a text in quotes"));
    }
    return std::string(spec(name).fallback);
}

std::string ParamReader::text(std::string_view name) {
    const std::string text = text_or_default(name);
    const ParamSpec& about = spec(name);
    if (about.type == ParamType::choice && !text.empty()) {
        std::vector<std::string_view> choices;
        std::string_view rest = about.choices;
        while (!rest.empty()) {
            const auto bar = rest.find('|');
            choices.push_back(rest.substr(0, bar));
            rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
        }
        if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
            fail(name, fmt::format("\"{}\" is not one of {}", text, fmt::join(choices, ", ")));
        }
    }
    return text;
}

Duration ParamReader::duration(std::string_view name) {
    const std::string text = text_or_default(name);
    if (text.empty()) return Duration::zero();
    auto parsed = parse_duration(text);
    if (!parsed) {
        fail(name, parsed.error().message);
        return Duration::zero();
    }
    return *parsed;
}

std::int64_t ParamReader::rate(std::string_view name) {
    const std::string text = text_or_default(name);
    if (text.empty()) return 0;
    auto parsed = parse_rate(text);
    if (!parsed) {
        fail(name, parsed.error().message);
        return 0;
    }
    return *parsed;
}

double ParamReader::number(std::string_view name) {
    const Value* value = find(name);
    if (value == nullptr) return std::atof(std::string(spec(name).fallback).c_str());
    double storage = 0;
    if (const double* seen = value->number(storage)) return *seen;
    fail(name, fmt::format("is {}, write a number", value->kind()));
    return 0;
}

double ParamReader::share(std::string_view name) {
    const double value = number(name);
    if (value < 0 || value > 1) fail(name, fmt::format("{} is not a share, write 0 to 1", value));
    return value;
}

std::int64_t ParamReader::count(std::string_view name) {
    const Value* value = find(name);
    if (value == nullptr) return std::atoll(std::string(spec(name).fallback).c_str());
    const auto* whole = value->as<std::int64_t>();
    if (whole != nullptr && *whole >= 0) return *whole;
    fail(name, "is not a count, write a whole number, 0 or more");
    return 0;
}

bool ParamReader::flag(std::string_view name) {
    const Value* value = find(name);
    if (value == nullptr) return spec(name).fallback == "true";
    if (const auto* yes = value->as<bool>()) return *yes;
    fail(name, fmt::format("is {}, write true or false", value->kind()));
    return false;
}

std::vector<std::string> ParamReader::names(std::string_view name) {
    const Value* value = find(name);
    if (value == nullptr) {
        const auto fallback = spec(name).fallback;
        return fallback.empty() ? std::vector<std::string>()
                                : std::vector<std::string>{std::string(fallback)};
    }
    if (const auto* text = value->as<std::string>()) return {*text};
    std::vector<std::string> result;
    if (const auto* list = value->as<List>()) {
        for (const auto& each : *list) {
            if (const auto* text = each.as<std::string>()) {
                result.push_back(*text);
            } else {
                fail(name, fmt::format("holds {}, write a list of texts", each.kind()));
            }
        }
        return result;
    }
    fail(name, fmt::format("is {}, write a text or a list of texts", value->kind()));
    return result;
}

std::vector<std::vector<std::string>> ParamReader::groups(std::string_view name) {
    std::vector<std::vector<std::string>> result;
    const Value* value = find(name);
    if (value == nullptr) return result;
    const auto* list = value->as<List>();
    const auto complain = [&] {
        fail(name, "is not a list of groups, write for example [[\"us-east\"], [\"eu-west\"]]");
        return std::vector<std::vector<std::string>>();
    };
    if (list == nullptr) return complain();
    for (const auto& group : *list) {
        result.emplace_back();
        if (const auto* text = group.as<std::string>()) {
            result.back().push_back(*text);
            continue;
        }
        const auto* members = group.as<List>();
        if (members == nullptr) return complain();
        for (const auto& member : *members) {
            const auto* text = member.as<std::string>();
            if (text == nullptr) return complain();
            result.back().push_back(*text);
        }
    }
    return result;
}

const Params* ParamReader::object(std::string_view name) {
    const Value* value = find(name);
    if (value == nullptr) return nullptr;
    const auto* object = value->as<Params>();
    if (object == nullptr) fail(name, fmt::format("is {}, write an object", value->kind()));
    return object;
}

std::map<std::string, double> ParamReader::numbers(std::string_view name) {
    std::map<std::string, double> result;
    const Params* given = object(name);
    if (given == nullptr) return result;
    for (const auto& [each, value] : *given) {
        double storage = 0;
        if (const double* number = value.number(storage)) {
            result.emplace(each, *number);
        } else {
            fail(name, fmt::format("holds {}, write numbers without quotes", value.kind()));
        }
    }
    return result;
}

std::vector<Error> ParamReader::errors() const {
    auto all = errors_;
    std::vector<std::string_view> known;
    for (const auto& each : specs_) {
        known.push_back(each.name);
        if (each.required && find(each.name) == nullptr) {
            all.emplace(each.name, fmt::format("is missing: {}", each.meaning));
        }
    }
    for (const auto& [name, value] : params_) {
        if (name.starts_with("x-") || name.starts_with("$")) continue;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const auto near = nearest(name, known);
        all.emplace(name,
                    near.empty()
                        ? fmt::format("is not known here; known are {}", fmt::join(known, ", "))
                        : fmt::format("is not known here, did you mean \"{}\"?", near));
    }
    std::vector<Error> result;
    for (const auto& [name, message] : all) {
        result.push_back({ErrorCode::invalid, name + ": " + message});
    }
    return result;
}

Result<void> ParamReader::finish() const {
    const auto all = errors();
    if (all.empty()) return {};
    std::string joined;
    for (const auto& error : all) joined += (joined.empty() ? "" : "\n") + error.message;
    return Error{ErrorCode::invalid, joined};
}

}  // namespace gameday
