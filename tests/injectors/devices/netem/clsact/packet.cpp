#include "tests/injectors/devices/netem/clsact/packet.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gameday::testing {

using devices::kernel::Flow;
using devices::kernel::Protocol;
using devices::kernel::Side;

namespace {

const std::array<const char*, 4> addresses4{"10.0.0.1", "10.0.0.2", "10.0.1.1", "172.16.0.1"};
const std::array<const char*, 4> addresses6{"fd00::1", "fd00::2", "fd00:0:0:1::1", "fe80::1"};
const std::array<const char*, 6> prefixes{"10.0.0.0/24", "10.0.0.1", "10.0.0.0/15",
                                          "fd00::/64",   "fd00::2",  "fd00::/45"};
const std::array<std::uint16_t, 4> ports{22, 80, 443, 0x8700};
const std::array<std::uint8_t, 4> protocols{6, 17, 1, 58};

template <class List>
auto one_of(const List& list, Random& random) {
    return list.at(random.below(list.size()));
}

void put_address(std::vector<std::uint8_t>& bytes, std::size_t at, const std::string& text,
                 bool v6) {
    ::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data() + at);
}

}  // namespace

std::vector<std::uint8_t> Packet::bytes() const {
    std::vector<std::uint8_t> all(v6 ? 40 : 20);
    std::uint8_t next = protocol;
    std::vector<std::uint8_t> between;
    if (v6 && fragment >= 0) {
        const auto offset = static_cast<std::uint16_t>(fragment << 3 | 1);
        between = {next,
                   0,
                   static_cast<std::uint8_t>(offset >> 8),
                   static_cast<std::uint8_t>(offset & 0xff),
                   1,
                   2,
                   3,
                   4};
        next = IPPROTO_FRAGMENT;
    }
    if (v6 && options) {
        const std::array<std::uint8_t, 8> header{next, 0, 5, 2, 0, 0, 1, 0};
        between.insert(between.begin(), header.begin(), header.end());
        next = IPPROTO_HOPOPTS;
    }
    if (v6) {
        all[0] = 0x60;
        all[6] = next;
        put_address(all, 8, source, true);
        put_address(all, 24, destination, true);
    } else {
        all[0] = options ? 0x47 : 0x45;
        all[9] = next;
        if (fragment > 0) all[7] = static_cast<std::uint8_t>(fragment);
        if (fragment == 0) all[6] = 0x20;
        put_address(all, 12, source, false);
        put_address(all, 16, destination, false);
        if (options) between.resize(8);
    }
    all.insert(all.end(), between.begin(), between.end());
    for (const auto port : {source_port, destination_port}) {
        all.push_back(static_cast<std::uint8_t>(port >> 8));
        all.push_back(static_cast<std::uint8_t>(port & 0xff));
    }
    all.resize(all.size() + 16);
    return all;
}

Packet random_packet(Random& random) {
    Packet packet;
    packet.v6 = random.chance(0.5);
    packet.source = packet.v6 ? one_of(addresses6, random) : one_of(addresses4, random);
    packet.destination = packet.v6 ? one_of(addresses6, random) : one_of(addresses4, random);
    packet.protocol = one_of(protocols, random);
    packet.source_port = one_of(ports, random);
    packet.destination_port = one_of(ports, random);
    packet.options = random.chance(0.1);
    if (random.chance(0.2)) packet.fragment = random.chance(0.5) ? 0 : 100;
    return packet;
}

Flow random_flow(Random& random) {
    Flow flow;
    flow.side = random.chance(0.5) ? Side::ingress : Side::egress;
    flow.everything = random.chance(0.15);
    const auto some = [&](std::vector<std::string>& into) {
        for (auto count = 1 + random.below(3); count > 0; --count) {
            into.emplace_back(one_of(prefixes, random));
        }
    };
    if (!flow.everything) some(flow.peers);
    if (random.chance(0.3)) some(flow.own);
    if (random.chance(0.2)) some(flow.spare);
    flow.protocol = static_cast<Protocol>(random.below(4));
    if (flow.protocol == Protocol::tcp || flow.protocol == Protocol::udp) {
        if (random.chance(0.4)) flow.peer_ports = {one_of(ports, random), one_of(ports, random)};
        if (random.chance(0.3)) flow.own_ports = {one_of(ports, random)};
    }
    return flow;
}

bool fits(const devices::netem::Match& match, const Packet& packet) {
    if (match.v6 != packet.v6) return false;
    const auto bytes = packet.bytes();
    const auto lists = keys_of(match);
    return std::any_of(lists.begin(), lists.end(), [&](const auto& keys) {
        return std::all_of(keys.begin(), keys.end(), [&](const devices::netem::Key& key) {
            std::uint32_t word = 0;
            std::memcpy(&word, bytes.data() + key.offset, sizeof word);
            return ((ntohl(word) ^ key.value) & key.mask) == 0;
        });
    });
}

std::string decide(const std::vector<devices::netem::Filter>& filters, const Packet& packet) {
    for (const auto& filter : filters) {
        if (fits(filter.match, packet)) return filter.chain;
    }
    return "none";
}

}  // namespace gameday::testing
