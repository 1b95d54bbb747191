#include "injectors/devices/nfqueue/actions.hpp"

#include "injectors/kernel/host/host.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace gameday::devices::nfqueue {
namespace {

Error wrong(std::string_view field, std::string_view wanted) {
    return {ErrorCode::invalid, fmt::format("nfqueue set: {}: want {}", field, wanted)};
}

Result<void> read_flows(const Value& value, Rule& rule) {
    const auto* list = value.as<List>();
    if (list == nullptr) return wrong("flows", "a list of flows");
    for (const auto& each : *list) {
        auto flow = kernel::flow_of(each);
        if (!flow) {
            return std::move(flow.error())
                .within(fmt::format("nfqueue set: flows[{}]", rule.flows.size()));
        }
        rule.flows.push_back(std::move(*flow));
    }
    return {};
}

Result<void> read_field(const std::string& field, const Value& value, Rule& rule) {
    const auto* text = value.as<std::string>();
    if (field == "host") {
        auto host = kernel::parse_host(text == nullptr ? "" : *text);
        if (!host) return std::move(host.error()).within("nfqueue set: host");
        rule.host = *text;
        return {};
    }
    if (field == "flows") return read_flows(value, rule);
    if (field == "impairment") {
        auto impairment = kernel::impairment_of(value);
        if (!impairment) return std::move(impairment.error()).within("nfqueue set");
        rule.impairment = std::move(*impairment);
        return {};
    }
    if (field == "lease") {
        const auto lease = parse_duration(text == nullptr ? "" : *text);
        if (!lease || *lease < least_lease) return wrong(field, "a duration of 300ms or more");
        rule.lease = *lease;
        return {};
    }
    return wrong(field, "one of host, flows, impairment, lease");
}

Error not_offered(std::string_view what, std::string_view instead) {
    return {ErrorCode::unsupported, fmt::format("{}: {}", what, instead)};
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
                     fmt::format("\"{} {}\" carries no rule, want \"nfqueue set\"", action.device,
                                 action.verb)};
    }
    Rule rule;
    for (const auto& [field, value] : action.args) {
        if (auto read = read_field(field, value, rule); !read) return read.error();
    }
    if (rule.flows.empty()) return wrong("flows", "at least one flow");
    return rule;
}

Result<void> offered(const Rule& rule) {
    const kernel::Impairment& asked = rule.impairment;
    if (asked.slot) {
        return not_offered("packets in slots are not offered by nfqueue",
                           "leave slot out, or use netem (a kernel with sch_netem)");
    }
    if (asked.ecn) {
        return not_offered("marks for congestion (ecn) are not offered by nfqueue",
                           "leave ecn out, or use netem (a kernel with sch_netem)");
    }
    if (asked.duplicate <= 0) return {};
    for (const auto& flow : rule.flows) {
        if (flow.side == kernel::Side::egress) continue;
        return not_offered("packets that arrive cannot be duplicated by nfqueue",
                           "duplicate where they leave (the other host's egress), or use netem");
    }
    return {};
}

}  // namespace gameday::devices::nfqueue
