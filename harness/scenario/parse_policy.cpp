// load.route.policy and its parameters: typed here, and checked by the policy.
#include "harness/base/ensure.hpp"
#include "harness/model/params.hpp"
#include "harness/ports/route_policy.hpp"
#include "harness/scenario/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gameday::scenario {

namespace {

// Words, or numbers by name, as the file has them; nothing when one of them is something else.
std::optional<Value> read_parameter(Reader place, ParamType type) {
    if (type == ParamType::names) {
        List words;
        const auto items = place.list();
        for (const Reader& each : items) {
            if (auto word = each.word()) words.emplace_back(std::move(*word));
        }
        if (!place.is<List>() || words.size() < items.size()) return std::nullopt;
        return Value(std::move(words));
    }
    if (type != ParamType::numbers) return place.raw();
    if (!place.expect_object()) return std::nullopt;
    Params numbers;
    for (const auto& [name, each] : place.members()) {
        const auto number = each.number();
        if (!number) return std::nullopt;
        numbers.emplace(name, *number);
    }
    return Value(std::move(numbers));
}

// Parameters of all policies by name, each with the policies that have it.
using ParamOwners = std::map<std::string_view, std::vector<const RoutePolicyKind*>>;
ParamOwners policy_params(const std::vector<const RoutePolicyKind*>& policies) {
    ParamOwners owners;
    for (const auto* policy : policies) {
        for (const auto& spec : policy->params) owners[spec.name].push_back(policy);
    }
    return owners;
}

// A parameter that the route has and its policy does not.
void refuse_parameter(const Reader& place, std::string_view policy,
                      const std::vector<const RoutePolicyKind*>& owners) {
    const auto instead = owners.size() == 1
                             ? fmt::format("write \"{}\" there or remove it", owners.front()->name)
                             : std::string("remove it");
    place.fail(fmt::format("has no meaning for the policy \"{}\", {}", policy, instead));
}

// What a policy has to say of its parameters. A field may be a place within one: "order/1".
void tell_policy_errors(const Reader& route, std::string_view lines) {
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        // A field may have blanks in it: the name of a region as the file has it.
        const auto line = lines.substr(0, end);
        const auto colon = std::min(line.find(": "), line.size());
        route.log().fail(fmt::format("{}/{}", route.pointer(), line.substr(0, colon)),
                         std::string(line.substr(std::min(colon + 2, line.size()))));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

}  // namespace

void read_policy(Reader& place, RouteSpec& route, const Draft& draft) {
    const auto& policies = draft.catalog->policies;
    GAMEDAY_ENSURE(!policies.empty());
    std::vector<std::string_view> names;
    for (const auto* each : policies) names.push_back(each->name);
    const auto params = policy_params(policies);
    const Reader chosen = place.member("policy");
    if (!chosen.present()) chosen.took_default(names.front());
    const auto index = chosen.choice(names);
    if (chosen.present() && !index) {
        // Whose parameters they are nobody knows.
        for (const auto& [name, owners] : params) place.member(name);
        return;
    }
    const RoutePolicyKind& policy = *policies.at(index.value_or(0));
    route.policy = policy.name;
    for (const auto& [name, owners] : params) {
        const bool own = std::find(owners.begin(), owners.end(), &policy) != owners.end();
        const auto& specs = (own ? &policy : owners.front())->params;
        const auto spec = std::find_if(specs.begin(), specs.end(),
                                       [key = name](const auto& each) { return each.name == key; });
        const Reader member = place.member(name);
        if (!member.present()) {
            if (own) member.took_default(spec->fallback);
        } else if (!own) {
            refuse_parameter(member, policy.name, owners);
        } else if (auto value = read_parameter(member, spec->type)) {
            route.policy_params.emplace(std::string(name), std::move(*value));
        }
    }
    if (!draft.topology_known) return;
    const auto good = policy.order(route.policy_params, draft.scenario.topology);
    if (!good) tell_policy_errors(place, good.error().message);
}

}  // namespace gameday::scenario
