#include "injectors/devices/netem/clsact/filters.hpp"

#include "tests/injectors/devices/netem/clsact/packet.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Flow;
using kernel::Prefix;
using kernel::Protocol;
using kernel::Side;
using netem::Match;
using netem::Steered;

namespace {

Flow towards(std::vector<std::string> peers, Side side = Side::egress) {
    Flow flow;
    flow.side = side;
    flow.peers = std::move(peers);
    return flow;
}

Steered delayed(std::uint32_t fault, std::vector<Flow> flows) {
    Steered steered{fault, std::move(flows), {}, 10s};
    steered.impairment.delay = 1ms;
    return steered;
}

std::vector<netem::Filter> filters(const std::vector<Steered>& faults, Side side, bool v6,
                                   bool loopback = false) {
    auto made = netem::filters_of(faults, side, v6, loopback);
    REQUIRE(made.has_value());
    return *made;
}

std::vector<std::string> chains(const std::vector<netem::Filter>& filters) {
    std::vector<std::string> names;
    for (const auto& filter : filters) {
        if (!filter.chain.empty()) names.push_back(filter.chain);
    }
    return names;
}

// What a flow says of a packet, read from its words and not by way of matches.
bool in_one_of(const std::vector<std::string>& prefixes, const std::string& address) {
    const auto whole = kernel::parse_prefix(address).value();
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& text) {
        const auto prefix = kernel::parse_prefix(text).value();
        if (prefix.v6 != whole.v6) return false;
        auto cut = kernel::parse_prefix(address + "/" + std::to_string(prefix.length)).value();
        return cut.address == prefix.address;
    });
}

template <class List>
bool has(const List& list, std::uint16_t port) {
    return list.empty() || std::find(list.begin(), list.end(), port) != list.end();
}

bool is_of(const Flow& flow, const Packet& packet) {
    const bool in = flow.side == Side::ingress;
    const auto& peer = in ? packet.source : packet.destination;
    const auto& own = in ? packet.destination : packet.source;
    if (!flow.everything && !in_one_of(flow.peers, peer)) return false;
    if (!flow.own.empty() && !in_one_of(flow.own, own)) return false;
    const int wanted = flow.protocol == Protocol::tcp    ? 6
                       : flow.protocol == Protocol::udp  ? 17
                       : flow.protocol == Protocol::icmp ? (packet.v6 ? 58 : 1)
                                                         : packet.protocol;
    if (packet.protocol != wanted) return false;
    const bool ports = !flow.peer_ports.empty() || !flow.own_ports.empty();
    if (ports && packet.fragment > 0) return false;
    return has(flow.peer_ports, in ? packet.source_port : packet.destination_port) &&
           has(flow.own_ports, in ? packet.destination_port : packet.source_port);
}

// What is never touched: README.md of clsact.
bool is_spared(const std::vector<Steered>& faults, Side side, const Packet& packet) {
    if (packet.options) return true;
    const bool first = packet.fragment <= 0;
    const bool ssh = packet.source_port == 22 || packet.destination_port == 22;
    if (packet.protocol == 6 && first && ssh) return true;
    const auto type = packet.source_port >> 8;
    if (packet.v6 && packet.protocol == 58 && first && type >= 133 && type <= 137) return true;
    for (const auto& fault : faults) {
        for (const auto& flow : fault.flows) {
            if (flow.side != side) continue;
            const auto& peer = side == Side::ingress ? packet.source : packet.destination;
            if (in_one_of(flow.spare, peer)) return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("each packet ends where all faults on it, and no others, lead it") {
    Random random(3, "filters");
    std::set<std::size_t> met;
    std::size_t led = 0, spared = 0;
    for (int i = 0; i < 400; ++i) {
        std::vector<Steered> faults;
        for (std::uint32_t fault = 1; fault <= 1 + random.below(4); ++fault) {
            faults.push_back(delayed(fault, {random_flow(random)}));
            if (random.chance(0.4)) faults.back().flows.push_back(random_flow(random));
        }
        for (const auto side : {Side::ingress, Side::egress}) {
            const auto v4 = filters(faults, side, false), v6 = filters(faults, side, true);
            for (int p = 0; p < 200; ++p) {
                const auto packet = random_packet(random);
                netem::Leaf leaf{side, {}, {}};
                for (const auto& fault : faults) {
                    const bool hit = std::any_of(
                        fault.flows.begin(), fault.flows.end(),
                        [&](const Flow& flow) { return flow.side == side && is_of(flow, packet); });
                    if (hit) leaf.faults.push_back(fault.fault);
                }
                const auto found = decide(packet.v6 ? v6 : v4, packet);
                if (is_spared(faults, side, packet)) {
                    CHECK((found.empty() || found == "none"));
                    ++spared;
                } else if (leaf.faults.empty()) {
                    CHECK(found == "none");
                } else {
                    CHECK(found == netem::chain_of(leaf));
                    met.insert(leaf.faults.size());
                    ++led;
                }
            }
        }
    }
    // The test means little unless much of this happens.
    CHECK(met.size() >= 3);
    CHECK(led > 10'000);
    CHECK(spared > 10'000);
}

TEST_CASE("larger sets of faults come first, and packets in common get a filter") {
    auto web = towards({"10.0.0.0/8"});
    web.protocol = Protocol::tcp;
    web.peer_ports = {80, 443};
    const auto made = filters({delayed(1, {towards({"10.0.0.2", "10.0.0.3"})}), delayed(2, {web})},
                              Side::egress, false);
    CHECK(chains(made) == std::vector<std::string>{"egress_1_2", "egress_1_2", "egress_1_2",
                                                   "egress_1_2", "egress_1", "egress_1", "egress_2",
                                                   "egress_2"});
    const auto& first = *std::find_if(made.begin(), made.end(),
                                      [](const auto& each) { return !each.chain.empty(); });
    Match both;
    both.destination = kernel::parse_prefix("10.0.0.2").value();
    both.protocol = 6;
    both.destination_port = 80;
    CHECK(first.match == both);
    CHECK(filters({delayed(1, {web})}, Side::ingress, false).empty());
    CHECK(filters({delayed(1, {web})}, Side::egress, true).empty());
}

TEST_CASE("an address within a prefix that is named as well gets no filter of its own") {
    const auto made = filters({delayed(1, {towards({"10.1.2.3", "10.0.0.0/8", "10.9.0.0/16"})})},
                              Side::egress, false);
    CHECK(chains(made) == std::vector<std::string>{"egress_1"});
}

TEST_CASE("the loopback interface keeps only faults that name whom they mean") {
    Flow all;
    all.side = Side::egress;
    all.everything = true;
    auto wire = delayed(2, {towards({"10.0.0.1"})});
    wire.impairment.wire_accurate = true;
    const std::vector<Steered> faults{delayed(1, {all}), wire, delayed(3, {towards({"10.0.0.1"})})};
    CHECK(chains(filters(faults, Side::egress, false, true)) ==
          std::vector<std::string>{"egress_3"});
    CHECK(chains(filters(faults, Side::egress, false)).front() == "egress_1_2_3");
    CHECK(filters({delayed(1, {all})}, Side::egress, true, true).empty());
}

TEST_CASE("more filters than a rank can hold are refused, and the fault is named") {
    auto many = towards({});
    many.protocol = Protocol::udp;
    for (int i = 0; i < 60; ++i) many.peers.push_back("10.0.0." + std::to_string(i));
    for (int i = 1; i < 60; ++i) many.peer_ports.push_back(static_cast<std::uint16_t>(i));
    const auto refused = netem::filters_of({delayed(7, {many})}, Side::egress, false, false);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == ErrorCode::invalid);
    CHECK(refused.error().message.starts_with("fault 7: "));
    many.peer_ports.resize(10);
    CHECK(chains(filters({delayed(7, {many})}, Side::egress, false)).size() == 600);
}
