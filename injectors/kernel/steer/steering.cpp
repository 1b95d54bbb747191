#include "injectors/kernel/steer/steering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace gameday::kernel {

namespace {

constexpr std::uint8_t tcp = 6;
constexpr std::uint8_t udp = 17;
constexpr std::uint8_t icmp = 1;
constexpr std::uint8_t icmpv6 = 58;
constexpr std::uint16_t ssh_port = 22;

nft::Bytes port_key(std::uint16_t port) {
    return {static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port & 0xff)};
}

// The first address behind the prefix; empty behind the last one there is.
nft::Bytes behind(const Prefix& prefix) {
    nft::Bytes next = prefix.address;
    if (prefix.length == 0) return {};
    unsigned carry = 1U << (7 - ((prefix.length - 1) % 8));
    for (auto i = static_cast<int>((prefix.length - 1) / 8); i >= 0 && carry != 0; --i) {
        const unsigned sum = next[static_cast<std::size_t>(i)] + carry;
        next[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sum & 0xff);
        carry = sum >> 8;
    }
    return carry != 0 ? nft::Bytes{} : next;
}

std::vector<Prefix> of_family(const std::vector<std::string>& texts, bool v6) {
    std::vector<Prefix> result;
    for (const auto& text : texts) {
        auto prefix = parse_prefix(text);
        if (prefix && prefix->v6 == v6) result.push_back(std::move(*prefix));
    }
    return result;
}

std::string add_addresses(const std::vector<Prefix>& prefixes, bool v6, std::string name,
                          nft::Table& table) {
    table.sets.push_back({name, v6 ? nft::Key::ipv6 : nft::Key::ipv4, true, false, false,
                          interval_elements(prefixes)});
    return name;
}

std::string add_ports(const std::vector<std::uint16_t>& ports, std::string name,
                      nft::Table& table) {
    nft::Set set{name, nft::Key::port, false, false, false, {}};
    for (const auto port : std::set<std::uint16_t>(ports.begin(), ports.end())) {
        set.elements.push_back({port_key(port), {}, {}});
    }
    const bool known = std::ranges::find(table.sets, set) != table.sets.end();
    if (!known) table.sets.push_back(std::move(set));
    return name;
}

// What a flow asks of packets of one family; nothing when it has no peers there.
std::optional<nft::Rule> match(const Flow& flow, bool v6, const std::string& prefix,
                               nft::Table& table) {
    const bool source = flow.side == Side::ingress;  // where the peer stands in the packet
    nft::Rule rule{nft::IsFamily{v6}};
    const char* family = v6 ? "6" : "4";
    if (!flow.everything) {
        const auto peers = of_family(flow.peers, v6);
        if (peers.empty()) return std::nullopt;
        rule.emplace_back(nft::AddressIn{
            v6, source,
            add_addresses(peers, v6, fmt::format("{}_peers{}", prefix, family), table)});
    }
    if (!flow.own.empty()) {
        const auto own = of_family(flow.own, v6);
        if (own.empty()) return std::nullopt;
        rule.emplace_back(nft::AddressIn{
            v6, !source, add_addresses(own, v6, fmt::format("{}_own{}", prefix, family), table)});
    }
    switch (flow.protocol) {
        case Protocol::any: break;
        case Protocol::tcp: rule.emplace_back(nft::IsProtocol{tcp}); break;
        case Protocol::udp: rule.emplace_back(nft::IsProtocol{udp}); break;
        case Protocol::icmp: rule.emplace_back(nft::IsProtocol{v6 ? icmpv6 : icmp}); break;
    }
    if (!flow.peer_ports.empty()) {
        rule.emplace_back(
            nft::PortIn{source, add_ports(flow.peer_ports, prefix + "_peer_ports", table)});
    }
    if (!flow.own_ports.empty()) {
        rule.emplace_back(
            nft::PortIn{!source, add_ports(flow.own_ports, prefix + "_own_ports", table)});
    }
    return rule;
}

}  // namespace

nft::Set lease_set(const std::string& name, Duration lease) {
    return {name, nft::Key::ether_type, false, true, false, lease_elements(lease)};
}

std::vector<nft::Element> lease_elements(Duration lease) {
    return {{{0x08, 0x00}, {}, lease}, {{0x86, 0xdd}, {}, lease}};
}

std::vector<nft::Rule> rules_of(const Flow& flow, const std::string& lease,
                                const std::string& prefix, const nft::Rule& then,
                                nft::Table& table) {
    std::vector<nft::Rule> rules;
    for (const bool v6 : {false, true}) {
        if (table.family == (v6 ? nft::Family::ip : nft::Family::ip6)) continue;
        auto matched = match(flow, v6, prefix, table);
        if (!matched) continue;
        nft::Rule rule{nft::InLease{lease}};
        rule.insert(rule.end(), matched->begin(), matched->end());
        rule.insert(rule.end(), then.begin(), then.end());
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::vector<nft::Rule> untouched(const std::vector<Flow>& flows, Side side,
                                 const std::string& prefix, nft::Table& table) {
    std::vector<nft::Rule> rules;
    const bool source = side == Side::ingress;
    if (table.family != nft::Family::ip) {
        rules.push_back({nft::IsFamily{true}, nft::IsNeighbourDiscovery{}, nft::Accept{}});
    }
    const auto ssh = add_ports({ssh_port}, "ssh", table);
    rules.push_back({nft::IsProtocol{tcp}, nft::PortIn{true, ssh}, nft::Accept{}});
    rules.push_back({nft::IsProtocol{tcp}, nft::PortIn{false, ssh}, nft::Accept{}});
    std::vector<std::string> spared;
    for (const auto& flow : flows) {
        if (flow.side == side) spared.insert(spared.end(), flow.spare.begin(), flow.spare.end());
    }
    for (const bool v6 : {false, true}) {
        if (table.family == (v6 ? nft::Family::ip : nft::Family::ip6)) continue;
        const auto prefixes = of_family(spared, v6);
        if (prefixes.empty()) continue;
        const auto set =
            add_addresses(prefixes, v6, fmt::format("{}_spare{}", prefix, v6 ? "6" : "4"), table);
        rules.push_back({nft::IsFamily{v6}, nft::AddressIn{v6, source, set}, nft::Accept{}});
    }
    return rules;
}

std::vector<nft::Element> interval_elements(std::vector<Prefix> prefixes) {
    std::ranges::sort(prefixes);
    std::vector<nft::Element> result;
    for (const auto& prefix : prefixes) {
        auto end = behind(prefix);
        if (!result.empty()) {
            auto& last = result.back();
            if (last.end.empty()) break;  // the last one goes on to the end
            if (prefix.address <= last.end) {
                if (end.empty() || end > last.end) last.end = std::move(end);
                continue;
            }
        }
        result.push_back({prefix.address, std::move(end), {}});
    }
    return result;
}

}  // namespace gameday::kernel
