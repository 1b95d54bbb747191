#include "injectors/devices/netem/clsact/filters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <netinet/in.h>

#include <algorithm>
#include <utility>

namespace gameday::devices::netem {

using kernel::Flow;
using kernel::Side;

namespace {

constexpr std::uint16_t ssh_port = 22;
// Router and neighbour solicitation and advertisement, redirect.
constexpr std::uint8_t first_discovery = 133, last_discovery = 137;

Match of_protocol(bool v6, std::uint8_t protocol) {
    Match match;
    match.v6 = v6;
    match.protocol = protocol;
    return match;
}

// What no fault touches; also packets with headers that u32 cannot look behind, for they might be
// of ssh.
std::vector<Match> untouched(const std::vector<Steered>& faults, Side side, bool v6) {
    std::vector<Match> passes;
    if (v6) {
        for (const int header :
             {int{IPPROTO_HOPOPTS}, int{IPPROTO_ROUTING}, int{IPPROTO_AH}, int{IPPROTO_DSTOPTS}}) {
            passes.push_back(of_protocol(true, static_cast<std::uint8_t>(header)));
        }
        for (auto type = first_discovery; type <= last_discovery; ++type) {
            passes.push_back(of_protocol(true, IPPROTO_ICMPV6));
            passes.back().icmp_type = type;
        }
    } else {
        passes.emplace_back().has_options = true;
    }
    for (const auto port : {&Match::source_port, &Match::destination_port}) {
        passes.push_back(of_protocol(v6, IPPROTO_TCP));
        passes.back().*port = ssh_port;
    }
    for (const auto& fault : faults) {
        for (const auto& flow : fault.flows) {
            if (flow.side != side || flow.spare.empty()) continue;
            Flow spared;
            spared.side = side;
            spared.peers = flow.spare;
            const auto more = matches_of(spared, v6);
            passes.insert(passes.end(), more.begin(), more.end());
        }
    }
    return without_covered(std::move(passes));
}

std::vector<Match> matches_of(const Steered& fault, Side side, bool v6) {
    std::vector<Match> matches;
    for (const auto& flow : fault.flows) {
        if (flow.side != side) continue;
        const auto more = netem::matches_of(flow, v6);
        matches.insert(matches.end(), more.begin(), more.end());
    }
    return without_covered(std::move(matches));
}

Error too_many(const std::vector<std::uint32_t>& faults) {
    return {ErrorCode::invalid,
            fmt::format("fault {}: it takes more than {} filters to tell the packets apart where "
                        "there is no nf_tables: name prefixes instead of addresses, or fewer ports",
                        fmt::join(faults, ", "), filters_most)};
}

// The packets that are of all faults of a leaf.
Result<std::vector<Match>> matches_of(const Leaf& leaf, const std::vector<Steered>& faults,
                                      bool v6) {
    std::vector<Match> all(1);
    all.front().v6 = v6;
    for (const auto& fault : faults) {
        const bool in_it =
            std::find(leaf.faults.begin(), leaf.faults.end(), fault.fault) != leaf.faults.end();
        if (!in_it) continue;
        auto both = common(all, matches_of(fault, leaf.side, v6), filters_most);
        if (!both) return too_many(leaf.faults);
        all = std::move(*both);
    }
    return all;
}

}  // namespace

Result<std::vector<Filter>> filters_of(std::vector<Steered> faults, Side side, bool v6,
                                       bool loopback) {
    if (loopback) std::erase_if(faults, spares_loopback);
    auto leaves = leaves_of(faults);
    if (!leaves) return leaves.error();
    std::erase_if(*leaves, [&](const Leaf& leaf) { return leaf.side != side; });
    std::stable_sort(leaves->begin(), leaves->end(), [](const Leaf& a, const Leaf& b) {
        return a.faults.size() > b.faults.size();
    });
    std::vector<Filter> led;
    for (const auto& leaf : *leaves) {
        auto matches = matches_of(leaf, faults, v6);
        if (!matches) return matches.error();
        for (auto& match : *matches) led.push_back({std::move(match), chain_of(leaf)});
        if (led.size() > filters_most) return too_many(leaf.faults);
    }
    if (led.empty()) return led;
    std::vector<Filter> all;
    for (auto& match : untouched(faults, side, v6)) all.push_back({std::move(match), ""});
    all.insert(all.end(), led.begin(), led.end());
    return all.size() > filters_most ? Result<std::vector<Filter>>(too_many({faults[0].fault}))
                                     : all;
}

}  // namespace gameday::devices::netem
