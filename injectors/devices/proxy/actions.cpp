#include "injectors/devices/proxy/actions.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace gameday::devices::proxy {
namespace {

// Names of an enumeration, in the order of its values; the first is the default and is left out.
constexpr std::array<std::string_view, 6> cut_names{"none",   "blackhole",  "reset",
                                                    "refuse", "half_close", "hold"};
constexpr std::array<std::string_view, 3> direction_names{"both", "to", "from"};
constexpr std::array<std::string_view, 3> scope_names{"all", "fresh", "established"};

template <class Enum, std::size_t N>
void put_name(Params& args, const std::string& field, const std::array<std::string_view, N>& names,
              Enum value) {
    if (value != Enum{})
        args[field] = Value(std::string(names.at(static_cast<std::size_t>(value))));
}

void put_duration(Params& args, const std::string& field, Duration value) {
    if (value != Duration{}) args[field] = Value(duration_literal(value));
}

Error wrong(const std::string& field, std::string_view wanted) {
    return invalid("proxy set: {}: want {}", field, wanted);
}

template <class Enum, std::size_t N>
Result<void> read_name(const std::string& field, const Value& value,
                       const std::array<std::string_view, N>& names, Enum& out) {
    const auto* text = value.as<std::string>();
    for (std::size_t i = 0; text != nullptr && i < N; ++i) {
        if (names.at(i) != *text) continue;
        out = static_cast<Enum>(i);
        return {};
    }
    return wrong(field, fmt::format("one of {}", fmt::join(names, ", ")));
}

Result<void> read_duration(const std::string& field, const Value& value, Duration& out) {
    const auto* text = value.as<std::string>();
    if (text == nullptr) return wrong(field, "a duration such as \"50ms\"");
    const auto parsed = parse_duration(*text);
    if (!parsed) return Error(parsed.error()).within("proxy set: " + field);
    out = *parsed;
    return {};
}

Result<void> read_http(const Value& value, Rule& rule) {
    const auto* object = value.as<Params>();
    if (object == nullptr) return wrong("http", "an object");
    auto fault = http::read_fault(*object);
    if (!fault) return std::move(fault.error()).within("proxy set: http");
    rule.http = std::move(*fault);
    return {};
}

Result<void> read_count(const std::string& field, const Value& value, std::string_view wanted,
                        std::int64_t& out) {
    const auto* whole = value.as<std::int64_t>();
    if (whole == nullptr || *whole <= 0) return wrong(field, wanted);
    out = *whole;
    return {};
}

// Leaves out what is zero.
void put_count(Params& args, const std::string& field, std::int64_t value) {
    if (value != 0) args[field] = Value(value);
}

Result<void> read_field(const std::string& field, const Value& value, Rule& rule) {
    if (field == "link") {
        const auto* text = value.as<std::string>();
        return text != nullptr && !text->empty() ? Result<void>{} : wrong(field, "a link's name");
    }
    if (field == "cut") return read_name(field, value, cut_names, rule.cut);
    if (field == "direction") return read_name(field, value, direction_names, rule.direction);
    if (field == "scope") return read_name(field, value, scope_names, rule.scope);
    if (field == "delay") return read_duration(field, value, rule.delay);
    if (field == "jitter") return read_duration(field, value, rule.jitter);
    if (field == "rate") return read_count(field, value, "bytes per second, above 0", rule.rate);
    if (field == "end_delay") return read_duration(field, value, rule.end_delay);
    if (field == "count") return read_count(field, value, "connections, above 0", rule.storm.count);
    if (field == "resets_per_s") {
        return read_count(field, value, "a whole number above 0", rule.storm.rate_per_s);
    }
    if (field == "http") return read_http(value, rule);
    if (field == "tls") {
        const auto* text = value.as<std::string>();
        rule.tls = tls::fault_named(text == nullptr ? "" : *text);
        return rule.tls ? Result<void>{} : wrong(field, tls::fault_choices);
    }
    return wrong(field,
                 "one of link, cut, direction, scope, delay, jitter, rate, end_delay, count, "
                 "resets_per_s, http, tls");
}

}  // namespace

Action set(std::string_view link, const Rule& rule) {
    Action action{std::string(device_name), "set", {{"link", Value(std::string(link))}}};
    put_name(action.args, "cut", cut_names, rule.cut);
    put_name(action.args, "direction", direction_names, rule.direction);
    put_name(action.args, "scope", scope_names, rule.scope);
    put_duration(action.args, "delay", rule.delay);
    put_duration(action.args, "jitter", rule.jitter);
    put_count(action.args, "rate", rule.rate);
    put_duration(action.args, "end_delay", rule.end_delay);
    put_count(action.args, "count", rule.storm.count);
    put_count(action.args, "resets_per_s", rule.storm.rate_per_s);
    if (rule.http) action.args["http"] = Value(http::params_of(*rule.http));
    if (rule.tls) action.args["tls"] = Value(std::string(tls::name_of(*rule.tls)));
    return action;
}

Action clear(std::string_view link) {
    return {std::string(device_name), "clear", {{"link", Value(std::string(link))}}};
}

Result<Rule> rule_of(const Action& action) {
    if (action.device != device_name || action.verb != "set") {
        return invalid("\"{} {}\" carries no rule, want \"proxy set\"", action.device, action.verb);
    }
    if (!action.args.contains("link")) return wrong("link", "a link's name");
    Rule rule;
    for (const auto& [field, value] : action.args) {
        if (auto read = read_field(field, value, rule); !read) return read.error();
    }
    if (rule.cut == Cut::refuse && rule.scope == Scope::established) {
        return wrong("scope", "\"all\" or \"fresh\": refuse meets only new connections");
    }
    if (rule.cut != Cut::reset && rule.storm != Storm{}) {
        return wrong("count", "none, nor resets_per_s, without the cut \"reset\"");
    }
    return rule;
}

}  // namespace gameday::devices::proxy
