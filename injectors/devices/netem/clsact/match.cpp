#include "injectors/devices/netem/clsact/match.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <string>
#include <utility>

namespace gameday::devices::netem {

using kernel::Prefix;

namespace {

bool covers(const Prefix& wide, const Prefix& narrow) {
    if (wide.v6 != narrow.v6 || wide.length > narrow.length) return false;
    for (unsigned bit = 0; bit < wide.length; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        if (((wide.address[bit / 8] ^ narrow.address[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

// A field that is absent covers all.
template <class Field>
bool covers_field(const std::optional<Field>& wide, const std::optional<Field>& narrow) {
    return !wide || (narrow && *wide == *narrow);
}
bool covers_prefix(const std::optional<Prefix>& wide, const std::optional<Prefix>& narrow) {
    return !wide || (narrow && covers(*wide, *narrow));
}

// Narrows `into` to what it has in common with `other`; whether there is anything.
template <class Field>
bool narrow(std::optional<Field>& into, const std::optional<Field>& other) {
    if (!into) into = other;
    return !other || *into == *other;
}
bool narrow_prefix(std::optional<Prefix>& into, const std::optional<Prefix>& other) {
    if (!other) return true;
    if (covers_prefix(into, other)) into = other;
    return covers(*other, *into);
}

std::optional<std::uint8_t> number_of(kernel::Protocol protocol, bool v6) {
    switch (protocol) {
        case kernel::Protocol::tcp: return IPPROTO_TCP;
        case kernel::Protocol::udp: return IPPROTO_UDP;
        case kernel::Protocol::icmp:
            return v6 ? std::uint8_t{IPPROTO_ICMPV6} : std::uint8_t{IPPROTO_ICMP};
        case kernel::Protocol::any: break;
    }
    return std::nullopt;
}

// Any of the addresses of the family; one that is absent when `any` is meant.
std::vector<std::optional<Prefix>> choices(const std::vector<std::string>& texts, bool any,
                                           bool v6) {
    if (any) return {std::nullopt};
    std::vector<std::optional<Prefix>> found;
    for (const auto& text : texts) {
        const auto prefix = kernel::parse_prefix(text);
        if (prefix && prefix->v6 == v6) found.emplace_back(*prefix);
    }
    return found;
}

std::vector<std::optional<std::uint16_t>> choices(const std::vector<std::uint16_t>& ports) {
    if (ports.empty()) return {std::nullopt};
    return {ports.begin(), ports.end()};
}

}  // namespace

std::vector<Match> matches_of(const kernel::Flow& flow, bool v6) {
    const bool peer_sends = flow.side == kernel::Side::ingress;
    std::vector<Match> matches;
    for (const auto& peer : choices(flow.peers, flow.everything, v6)) {
        for (const auto& own : choices(flow.own, flow.own.empty(), v6)) {
            for (const auto peer_port : choices(flow.peer_ports)) {
                for (const auto own_port : choices(flow.own_ports)) {
                    Match match;
                    match.v6 = v6;
                    match.protocol = number_of(flow.protocol, v6);
                    match.source = peer_sends ? peer : own;
                    match.destination = peer_sends ? own : peer;
                    match.source_port = peer_sends ? peer_port : own_port;
                    match.destination_port = peer_sends ? own_port : peer_port;
                    matches.push_back(std::move(match));
                }
            }
        }
    }
    return without_covered(std::move(matches));
}

std::optional<Match> common(const Match& one, const Match& other) {
    if (one.v6 != other.v6) return std::nullopt;
    Match both = one;
    both.has_options = one.has_options || other.has_options;
    const bool any = narrow_prefix(both.source, other.source) &&
                     narrow_prefix(both.destination, other.destination) &&
                     narrow(both.protocol, other.protocol) &&
                     narrow(both.source_port, other.source_port) &&
                     narrow(both.destination_port, other.destination_port) &&
                     narrow(both.icmp_type, other.icmp_type);
    return any ? std::optional(both) : std::nullopt;
}

bool covers(const Match& wide, const Match& narrow) {
    return wide.v6 == narrow.v6 && (!wide.has_options || narrow.has_options) &&
           covers_prefix(wide.source, narrow.source) &&
           covers_prefix(wide.destination, narrow.destination) &&
           covers_field(wide.protocol, narrow.protocol) &&
           covers_field(wide.source_port, narrow.source_port) &&
           covers_field(wide.destination_port, narrow.destination_port) &&
           covers_field(wide.icmp_type, narrow.icmp_type);
}

std::optional<std::vector<Match>> common(const std::vector<Match>& some,
                                         const std::vector<Match>& others, std::size_t most) {
    std::vector<Match> found;
    for (const auto& one : some) {
        for (const auto& other : others) {
            auto both = common(one, other);
            if (!both) continue;
            // Some are covered by others, but not many times over.
            if (found.size() >= 4 * most) return std::nullopt;
            found.push_back(std::move(*both));
        }
    }
    found = without_covered(std::move(found));
    return found.size() > most ? std::nullopt : std::optional(std::move(found));
}

std::vector<Match> without_covered(std::vector<Match> matches) {
    std::vector<Match> kept;
    for (auto& match : matches) {
        const bool known = std::any_of(kept.begin(), kept.end(),
                                       [&](const Match& other) { return covers(other, match); });
        if (known) continue;
        std::erase_if(kept, [&](const Match& other) { return covers(match, other); });
        kept.push_back(std::move(match));
    }
    return kept;
}

}  // namespace gameday::devices::netem
