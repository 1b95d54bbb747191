#include "injectors/kernel/nft/nft.hpp"

#include "injectors/kernel/nft/flow.hpp"

#include <fmt/format.h>

#include <array>

namespace gameday::kernel::nft {

namespace {

constexpr std::array<std::string_view, 3> family_names{"ip", "ip6", "netdev"};
constexpr std::array<std::string_view, 4> hook_names{"ingress", "egress", "prerouting",
                                                     "postrouting"};
constexpr std::array<std::string_view, 6> key_names{"ether_type",
                                                    "ipv4_addr",
                                                    "ipv6_addr",
                                                    "inet_service",
                                                    "ipv4_addr . inet_service . inet_service",
                                                    "ipv6_addr . inet_service . inet_service"};

std::string_view ip(bool v6) { return v6 ? "ip6" : "ip"; }
std::string_view end_of(bool source) { return source ? "saddr" : "daddr"; }

// The connection of a packet as a tuple: the peer's address and port, our port.
std::string tuple(bool v6, bool source) {
    return fmt::format("{} {} . tcp {} . tcp {}", ip(v6), end_of(source),
                       source ? "sport" : "dport", source ? "dport" : "sport");
}

std::string l4_name(std::uint8_t number) {
    switch (number) {
        case 1: return "icmp";
        case 6: return "tcp";
        case 17: return "udp";
        case 58: return "ipv6-icmp";
        default: return fmt::format("{}", number);
    }
}

std::string mark_text(const HasMark& term) {
    return fmt::format("meta mark {}{:#x}", term.negated ? "!= " : "", term.mark);
}

struct TermText {
    std::string operator()(const InLease& term) const { return "meta protocol @" + term.set; }
    std::string operator()(const IsFamily& term) const {
        return fmt::format("meta protocol {}", ip(term.v6));
    }
    std::string operator()(const AddressIn& term) const {
        return fmt::format("{} {} @{}", ip(term.v6), end_of(term.source), term.set);
    }
    std::string operator()(const IsProtocol& term) const {
        return "meta l4proto " + l4_name(term.number);
    }
    std::string operator()(const PortIn& term) const {
        return fmt::format("th {} @{}", term.source ? "sport" : "dport", term.set);
    }
    std::string operator()(const IsNeighbourDiscovery&) const { return "icmpv6 type 133-137"; }
    std::string operator()(const HasFlag& term) const {
        return term.flag == HasFlag::Flag::syn ? "tcp flags & syn != 0" : "tcp flags & rst != 0";
    }
    std::string operator()(const OverLoopback& term) const {
        return fmt::format("meta {} loopback", term.incoming ? "iiftype" : "oiftype");
    }
    std::string operator()(const HasMark& term) const { return mark_text(term); }
    std::string operator()(const NotRemembered& term) const {
        return fmt::format("{} != @{}", tuple(term.v6, term.source), term.set);
    }
    std::string operator()(const Remember& term) const {
        return fmt::format("add @{} {{ {} }}", term.set, tuple(term.v6, term.source));
    }
    std::string operator()(const Count&) const { return "counter"; }
    std::string operator()(const Drop&) const { return "drop"; }
    std::string operator()(const Accept&) const { return "accept"; }
    std::string operator()(const Reset&) const { return "reject with tcp reset"; }
    std::string operator()(const Reject&) const {
        return "reject with icmpx type admin-prohibited";
    }
    std::string operator()(const Goto& term) const { return "goto " + term.chain; }
    std::string operator()(const ForwardTo& term) const {
        return fmt::format("fwd to \"{}\"", term.device);
    }
    std::string operator()(const Queue& term) const {
        return fmt::format("queue num {} bypass", term.number);
    }
};

// An interval as the shortest text: an address, a prefix, or a range.
std::string address_text(const Element& element) {
    Prefix prefix;
    prefix.v6 = element.key.size() == 16;
    prefix.address = element.key;
    const auto bits = static_cast<unsigned>(element.key.size()) * 8;
    prefix.length = bits;
    Bytes last = element.end.empty() ? Bytes(element.key.size(), 0) : element.end;
    for (auto byte = last.rbegin(); byte != last.rend() && (*byte)-- == 0; ++byte) {
    }
    for (unsigned length = 0; length <= bits; ++length) {
        Bytes top = element.key;
        bool starts = true;
        for (unsigned bit = length; bit < bits; ++bit) {
            const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
            starts = starts && (top[bit / 8] & mask) == 0;
            top[bit / 8] |= mask;
        }
        if (!starts || top != last) continue;
        prefix.length = length;
        return prefix_text(prefix);
    }
    Prefix end = prefix;
    end.address = last;
    return prefix_text(prefix) + "-" + prefix_text(end);
}

std::string element_text(const Set& set, const Element& element) {
    std::string text;
    if (set.key == Key::ether_type) {
        const bool v6 = element.key == Bytes{0x86, 0xdd};
        text = v6 ? "ip6" : "ip";
    } else if (set.key == Key::port) {
        text = fmt::format("{}", element.key.at(0) * 256 + element.key.at(1));
    } else {
        text = set.intervals ? address_text(element)
                             : prefix_text({element.key.size() == 16, element.key,
                                            static_cast<unsigned>(element.key.size()) * 8});
    }
    if (element.timeout > Duration::zero()) {
        text += fmt::format(
            " timeout {}ms",
            std::chrono::duration_cast<std::chrono::milliseconds>(element.timeout).count());
    }
    return text;
}

std::string set_text(const Set& set) {
    std::vector<std::string_view> flags;
    if (set.intervals) flags.emplace_back("interval");
    if (set.timeouts) flags.emplace_back("timeout");
    if (set.filled_by_rules) flags.emplace_back("dynamic");
    std::string text = fmt::format("  set {} {{ type {};", set.name,
                                   key_names.at(static_cast<std::size_t>(set.key)));
    if (!flags.empty()) text += fmt::format(" flags {};", fmt::join(flags, ","));
    if (set.filled_by_rules) text += fmt::format(" size {};", remembered_most);
    std::vector<std::string> elements;
    for (const auto& each : set.elements) elements.push_back(element_text(set, each));
    if (!elements.empty()) text += fmt::format(" elements = {{ {} }};", fmt::join(elements, ", "));
    return text + " }\n";
}

std::string chain_text(const Chain& chain) {
    std::string text = fmt::format("  chain {} {{\n", chain.name);
    if (chain.base) {
        text += fmt::format("    type filter hook {}",
                            hook_names.at(static_cast<std::size_t>(chain.hook)));
        if (!chain.device.empty()) text += fmt::format(" device \"{}\"", chain.device);
        text += fmt::format(" priority {}; policy accept;\n", chain.priority);
    }
    for (const auto& rule : chain.rules) {
        std::vector<std::string> terms;
        for (const auto& term : rule) terms.push_back(std::visit(TermText{}, term));
        text += fmt::format("    {}\n", fmt::join(terms, " "));
    }
    return text + "  }\n";
}

}  // namespace

std::string_view family_name(Family family) {
    return family_names.at(static_cast<std::size_t>(family));
}

std::string table_text(const Table& table) {
    std::string text = fmt::format("table {} {} {{\n", family_name(table.family), table.name);
    for (const auto& set : table.sets) text += set_text(set);
    for (const auto& chain : table.chains) text += chain_text(chain);
    return text + "}\n";
}

std::string table_line(const Table& table) {
    std::string line;
    std::string text = table_text(table);
    for (std::size_t from = 0; from < text.size();) {
        const auto end = text.find('\n', from);
        const auto first = text.find_first_not_of(' ', from);
        const std::string_view each(text.data() + first, end - first);
        if (!line.empty()) line += ' ';
        line += each;
        const bool whole = !each.ends_with('{') && !each.ends_with(';') && end + 1 < text.size();
        if (whole) line += ';';
        from = end + 1;
    }
    return line;
}

}  // namespace gameday::kernel::nft
