#include "injectors/devices/netem/actions.hpp"

#include "injectors/kernel/host/host.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::devices::netem {
namespace {

Error wrong(std::string_view field, std::string_view wanted) {
    return {ErrorCode::invalid, fmt::format("netem set: {}: want {}", field, wanted)};
}

Result<void> read_flows(const Value& value, Rule& rule) {
    const auto* list = value.as<List>();
    if (list == nullptr || list->empty()) return wrong("flows", "a list of at least one flow");
    for (const auto& each : *list) {
        auto flow = kernel::flow_of(each);
        if (!flow) {
            return std::move(flow.error())
                .within(fmt::format("netem set: flows[{}]", rule.flows.size()));
        }
        rule.flows.push_back(std::move(*flow));
    }
    return {};
}

Result<void> read_field(const std::string& field, const Value& value, Rule& rule) {
    const auto* text = value.as<std::string>();
    if (field == "host") {
        auto host = kernel::parse_host(text == nullptr ? "" : *text);
        if (!host) return std::move(host.error()).within("netem set: host");
        rule.host = *text;
        return {};
    }
    if (field == "flows") return read_flows(value, rule);
    if (field == "impairment") {
        auto impairment = kernel::impairment_of(value);
        if (!impairment) return std::move(impairment.error()).within("netem set");
        rule.impairment = std::move(*impairment);
        return {};
    }
    if (field == "lease") {
        const auto lease = parse_duration(text == nullptr ? "" : *text);
        if (!lease || *lease <= Duration{}) return wrong(field, "a duration above 0");
        rule.lease = *lease;
        return {};
    }
    return wrong(field, "one of host, flows, impairment, lease");
}

}  // namespace

Action set(const Rule& rule) {
    List flows;
    for (const auto& flow : rule.flows) flows.push_back(kernel::value_of(flow));
    Action action{std::string(device_name), "set", {{"host", Value(rule.host)}}};
    action.args["flows"] = Value(std::move(flows));
    action.args["impairment"] = kernel::value_of(rule.impairment);
    if (rule.lease != default_lease) action.args["lease"] = Value(duration_literal(rule.lease));
    return action;
}

Action clear(const std::string& host) {
    return {std::string(device_name), "clear", {{"host", Value(host)}}};
}

Result<Rule> rule_of(const Action& action) {
    if (action.device != device_name || action.verb != "set") {
        return Error{ErrorCode::invalid,
                     fmt::format("\"{} {}\" carries no rule, want \"netem set\"", action.device,
                                 action.verb)};
    }
    Rule rule;
    for (const auto& [field, value] : action.args) {
        if (auto read = read_field(field, value, rule); !read) return read.error();
    }
    if (rule.flows.empty()) return wrong("flows", "a list of at least one flow");
    return rule;
}

}  // namespace gameday::devices::netem
