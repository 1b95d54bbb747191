#include "injectors/devices/nfqueue/ruleset.hpp"

#include "injectors/devices/nfqueue/copy_sender.hpp"
#include "injectors/kernel/steer/steering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace gameday::devices::nfqueue {

namespace {

namespace nft = kernel::nft;
using kernel::Flow;
using kernel::Side;

constexpr std::int32_t behind_defragmentation = -300;  // NF_IP_PRI_RAW
constexpr std::int32_t behind_nat = 300;               // NF_IP_PRI_SELINUX_LAST is 225
constexpr std::uint32_t turns = 90;                    // connection tracking is at -200
constexpr const char* lease_name = "lease";

// Whether the side has rules that lead to the queue; if so its chain is added.
bool add_chain(const Rule& rule, Side side, const TableLead& lead, nft::Table& table) {
    const nft::Rule to_queue{nft::Count{}, nft::Queue{lead.queue, lead.compat}};
    const std::string name = side == Side::ingress ? "in" : "out";
    nft::Table extended = table;
    std::vector<nft::Rule> matches;
    for (std::size_t i = 0; i < rule.flows.size(); ++i) {
        if (rule.flows[i].side != side) continue;
        auto made = kernel::rules_of(rule.flows[i], lease_name, fmt::format("flow{}", i), to_queue,
                                     extended);
        std::move(made.begin(), made.end(), std::back_inserter(matches));
    }
    if (matches.empty()) return false;
    auto rules = kernel::untouched(rule.flows, side, name, extended);
    if (side == Side::egress) rules.push_back({nft::HasMark{copy_mark, false}, nft::Accept{}});
    // "everything" means the network: what a host says to itself stays.
    const bool everything = std::ranges::any_of(
        rule.flows, [&](const Flow& flow) { return flow.side == side && flow.everything; });
    if (everything) rules.push_back({nft::OverLoopback{side == Side::ingress}, nft::Accept{}});
    std::move(matches.begin(), matches.end(), std::back_inserter(rules));
    const bool arrives = side == Side::ingress;
    const std::int32_t priority = (arrives ? behind_defragmentation : behind_nat) +
                                  static_cast<std::int32_t>(lead.turn % turns);
    extended.chains.push_back({name, true, arrives ? nft::Hook::prerouting : nft::Hook::postrouting,
                               "", priority, std::move(rules)});
    table = std::move(extended);
    return true;
}

}  // namespace

std::vector<nft::Table> tables_of(const Rule& rule, const TableLead& lead) {
    std::vector<nft::Table> tables;
    for (const auto family : {nft::Family::ip, nft::Family::ip6}) {
        nft::Table table{family, lead.table, {}, {}};
        table.sets.push_back(kernel::lease_set(lease_name, rule.lease));
        const bool arrives = add_chain(rule, Side::ingress, lead, table);
        const bool leaves = add_chain(rule, Side::egress, lead, table);
        if (arrives || leaves) tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace gameday::devices::nfqueue
