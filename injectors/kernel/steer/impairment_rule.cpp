#include "injectors/kernel/steer/impairment_rule.hpp"

#include "injectors/kernel/host/host.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::kernel {
namespace {

class RuleReader {
 public:
    RuleReader(std::string_view device, Duration least_lease)
        : action_(fmt::format("{} set", device)), least_lease_(least_lease) {}

    Result<ImpairmentRule> read(const Action& action) {
        if (fmt::format("{} {}", action.device, action.verb) != action_) {
            return invalid("\"{} {}\" carries no rule, want \"{}\"", action.device, action.verb,
                           action_);
        }
        for (const auto& [field, value] : action.args) {
            if (auto good = read_field(field, value); !good) return good.error();
        }
        if (rule_.flows.empty()) return wrong("flows", "at least one flow");
        return std::move(rule_);
    }

 private:
    [[nodiscard]] Error wrong(std::string_view field, std::string_view wanted) const {
        return invalid("{}: {}: want {}", action_, field, wanted);
    }

    Result<void> read_flows(const Value& value) {
        const auto* list = value.as<List>();
        if (list == nullptr) return wrong("flows", "a list of flows");
        for (const auto& each : *list) {
            auto flow = flow_of(each);
            if (!flow) {
                return std::move(flow.error())
                    .within(fmt::format("{}: flows[{}]", action_, rule_.flows.size()));
            }
            rule_.flows.push_back(std::move(*flow));
        }
        return {};
    }

    Result<void> read_field(const std::string& field, const Value& value) {
        const auto* text = value.as<std::string>();
        if (field == "host") {
            auto host = parse_host(text == nullptr ? "" : *text);
            if (!host) return std::move(host.error()).within(action_ + ": host");
            rule_.host = *text;
            return {};
        }
        if (field == "flows") return read_flows(value);
        if (field == "impairment") {
            auto impairment = impairment_of(value);
            if (!impairment) return std::move(impairment.error()).within(action_);
            rule_.impairment = std::move(*impairment);
            return {};
        }
        if (field == "lease") {
            const auto lease = parse_duration(text == nullptr ? "" : *text);
            if (!lease || *lease < least_lease_) {
                return wrong(
                    field, fmt::format("a duration of {} or more", duration_literal(least_lease_)));
            }
            rule_.lease = *lease;
            return {};
        }
        return wrong(field, "one of host, flows, impairment, lease");
    }

    const std::string action_;
    const Duration least_lease_;
    ImpairmentRule rule_;
};

}  // namespace

Action set_impairment(std::string_view device, const ImpairmentRule& rule) {
    List flows;
    for (const auto& flow : rule.flows) flows.push_back(value_of(flow));
    Action action{std::string(device), "set", {{"host", Value(rule.host)}}};
    action.args["flows"] = Value(std::move(flows));
    action.args["impairment"] = value_of(rule.impairment);
    if (rule.lease != default_lease) action.args["lease"] = Value(duration_literal(rule.lease));
    return action;
}

Action clear_impairment(std::string_view device, const std::string& host) {
    return {std::string(device), "clear", {{"host", Value(host)}}};
}

Result<ImpairmentRule> impairment_rule_of(std::string_view device, const Action& action,
                                          Duration least_lease) {
    return RuleReader(device, least_lease).read(action);
}

}  // namespace gameday::kernel
