#include "injectors/devices/firewall/ruleset.hpp"

#include "injectors/kernel/steer/steering.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::devices::firewall {

namespace {

namespace nft = kernel::nft;
using kernel::Flow;
using kernel::Side;

// Before impairments: what is cut is not delayed first.
constexpr std::int32_t priority = -500;
constexpr const char* lease_name = "lease";
constexpr std::uint8_t tcp = 6;

bool is_v6(const nft::Rule& rule) {
    const auto family = std::ranges::find_if(
        rule, [](const nft::Term& term) { return std::holds_alternative<nft::IsFamily>(term); });
    return family != rule.end() && std::get<nft::IsFamily>(*family).v6;
}

nft::Rule with(nft::Rule rule, std::initializer_list<nft::Term> more) {
    rule.insert(rule.end(), more);
    return rule;
}

// The set of connections that began while the rule was in force.
std::string fresh_set(bool v6, nft::Table& table) {
    std::string name = v6 ? "fresh6" : "fresh4";
    const bool known =
        std::ranges::any_of(table.sets, [&](const nft::Set& set) { return set.name == name; });
    if (!known) {
        table.sets.push_back(
            {name, v6 ? nft::Key::tuple6 : nft::Key::tuple4, false, false, true, {}});
    }
    return name;
}

// What becomes of the packets that `match` names.
void add_cut(const nft::Rule& match, Cut cut, std::vector<nft::Rule>& rules) {
    switch (cut) {
        case Cut::drop: rules.push_back(with(match, {nft::Count{}, nft::Drop{}})); break;
        case Cut::reset:
            // What the other side answers by the same cut has to arrive.
            rules.push_back(with(match, {nft::HasFlag{nft::HasFlag::Flag::rst}, nft::Accept{}}));
            rules.push_back(with(match, {nft::IsProtocol{tcp}, nft::Count{}, nft::Reset{}}));
            rules.push_back(with(match, {nft::Count{}, nft::Drop{}}));
            break;
        case Cut::reject: rules.push_back(with(match, {nft::Count{}, nft::Reject{}})); break;
    }
}

void add_scoped(const nft::Rule& match, const Rule& rule, Side side, nft::Table& table,
                std::vector<nft::Rule>& rules) {
    const bool source = side == Side::ingress;
    switch (rule.scope) {
        case Scope::all: add_cut(match, rule.cut, rules); break;
        case Scope::fresh:
            add_cut(with(match, {nft::HasFlag{nft::HasFlag::Flag::syn}}), rule.cut, rules);
            break;
        case Scope::established: {
            const bool v6 = is_v6(match);
            const auto set = fresh_set(v6, table);
            rules.push_back(with(
                match, {nft::HasFlag{nft::HasFlag::Flag::syn}, nft::Remember{v6, source, set}}));
            add_cut(with(match, {nft::IsProtocol{tcp}, nft::NotRemembered{v6, source, set}}),
                    rule.cut, rules);
            break;
        }
    }
}

bool has_side(const Rule& rule, Side side) {
    return std::ranges::any_of(rule.flows, [&](const Flow& flow) { return flow.side == side; });
}

bool touches_loopback(const Rule& rule) {
    return std::ranges::none_of(rule.flows, [](const Flow& flow) { return flow.everything; });
}

}  // namespace

Result<nft::Table> table_of(const Rule& rule, const std::string& name,
                            const std::vector<std::string>& interfaces) {
    if (rule.cut != Cut::drop && has_side(rule, Side::egress)) {
        return unsupported(
            "packets that leave can only be dropped, not answered; write the cut at the host that "
            "receives them");
    }
    nft::Table table{nft::Family::netdev, name, {}, {}};
    table.sets.push_back(kernel::lease_set(lease_name, rule.lease));
    for (const Side side : {Side::ingress, Side::egress}) {
        if (!has_side(rule, side)) continue;
        const std::string side_name = side == Side::ingress ? "in" : "out";
        auto rules = kernel::untouched(rule.flows, side, side_name, table);
        for (std::size_t i = 0; i < rule.flows.size(); ++i) {
            const Flow& flow = rule.flows[i];
            if (flow.side != side) continue;
            for (const auto& match :
                 kernel::rules_of(flow, lease_name, fmt::format("flow{}", i), {}, table)) {
                add_scoped(match, rule, side, table, rules);
            }
        }
        const auto hook = side == Side::ingress ? nft::Hook::ingress : nft::Hook::egress;
        for (const auto& interface : interfaces) {
            if (interface == "lo" && !touches_loopback(rule)) continue;
            table.chains.push_back({fmt::format("{}{}", side_name, table.chains.size()), true, hook,
                                    interface, priority, rules});
        }
    }
    return table;
}

}  // namespace gameday::devices::firewall
