#include "injectors/devices/firewall/actions.hpp"

#include "injectors/kernel/host/host.hpp"

#include <fmt/format.h>

#include <array>

namespace gameday::devices::firewall {

namespace {

constexpr std::array<std::string_view, 3> cut_names{"drop", "reset", "reject"};
constexpr std::array<std::string_view, 3> scope_names{"all", "fresh", "established"};

Error wrong(std::string_view field, std::string_view wanted) {
    return invalid("firewall set: {}: want {}", field, wanted);
}

template <class Enum>
Result<Enum> read_name(std::string_view field, const Value& value,
                       const std::array<std::string_view, 3>& names) {
    const auto* text = value.as<std::string>();
    for (std::size_t i = 0; text != nullptr && i < names.size(); ++i) {
        if (names.at(i) == *text) return static_cast<Enum>(i);
    }
    return wrong(field, fmt::format("one of {}", fmt::join(names, ", ")));
}

Result<void> read_flows(const Value& value, Rule& rule) {
    const auto* list = value.as<List>();
    if (list == nullptr || list->empty()) return wrong("flows", "a list of flows, not empty");
    for (const auto& each : *list) {
        auto flow = kernel::flow_of(each);
        if (!flow) return std::move(flow.error()).within("firewall set: flows");
        rule.flows.push_back(std::move(*flow));
    }
    return {};
}

Result<void> read_field(const std::string& field, const Value& value, Rule& rule) {
    const auto* text = value.as<std::string>();
    if (field == "flows") return read_flows(value, rule);
    if (field == "host") {
        if (text == nullptr) return wrong(field, "a host");
        if (auto host = kernel::parse_host(*text); !host) return host.error();
        rule.host = *text;
        return {};
    }
    if (field == "cut") {
        auto cut = read_name<Cut>(field, value, cut_names);
        if (!cut) return cut.error();
        rule.cut = *cut;
        return {};
    }
    if (field == "scope") {
        auto scope = read_name<Scope>(field, value, scope_names);
        if (!scope) return scope.error();
        rule.scope = *scope;
        return {};
    }
    if (field == "lease") {
        auto lease = parse_duration(text == nullptr ? "" : *text);
        if (!lease || *lease < least_lease) return wrong(field, "a duration of 300ms or more");
        rule.lease = *lease;
        return {};
    }
    return wrong(field, "one of host, flows, cut, scope, lease");
}

}  // namespace

Action set(const Rule& rule) {
    List flows;
    for (const auto& flow : rule.flows) flows.push_back(kernel::value_of(flow));
    Action action{
        std::string(device_name), "set", {{"host", Value(rule.host)}, {"flows", Value(flows)}}};
    if (rule.cut != Cut::drop) {
        action.args["cut"] = Value(std::string(cut_names.at(static_cast<std::size_t>(rule.cut))));
    }
    if (rule.scope != Scope::all) {
        action.args["scope"] =
            Value(std::string(scope_names.at(static_cast<std::size_t>(rule.scope))));
    }
    if (rule.lease != default_lease) action.args["lease"] = Value(duration_literal(rule.lease));
    return action;
}

Action clear(const std::string& host) {
    return {std::string(device_name), "clear", {{"host", Value(host)}}};
}

Result<Rule> rule_of(const Action& action) {
    if (action.device != device_name || action.verb != "set") {
        return invalid("\"{} {}\" is no \"firewall set\"", action.device, action.verb);
    }
    Rule rule;
    for (const auto& [field, value] : action.args) {
        if (auto read = read_field(field, value, rule); !read) return read.error();
    }
    if (rule.flows.empty()) return wrong("flows", "a list of flows, not empty");
    return rule;
}

}  // namespace gameday::devices::firewall
