#include "injectors/devices/netem/steering_tree.hpp"

#include "tests/support/catch.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace steering_tree_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::kernel;
using namespace std::chrono_literals;
using netem::Steered;

namespace {

Flow towards(std::vector<std::string> peers, Side side = Side::egress) {
    Flow flow;
    flow.side = side;
    flow.peers = std::move(peers);
    return flow;
}

Steered delayed(std::uint32_t fault, std::vector<Flow> flows, Duration delay) {
    Steered made{fault, std::move(flows), {}, 10s};
    made.impairment.delay = delay;
    return made;
}

std::vector<std::string> chains(const std::vector<netem::Leaf>& leaves) {
    std::vector<std::string> names;
    for (const auto& leaf : leaves) names.push_back(netem::chain_of(leaf));
    return names;
}

netem::Ends ends_for(const std::vector<netem::Leaf>& leaves) {
    netem::Ends ends;
    for (const auto& leaf : leaves) {
        const auto number = static_cast<std::uint32_t>(ends.size() + 1);
        ends[netem::chain_of(leaf)] = {"gd" + std::to_string(number), number};
    }
    return ends;
}

}  // namespace

TEST_CASE("faults on the same packets get an end for each set of them, composed") {
    const auto leaves = netem::leaves_of(
        {delayed(3, {towards({"10.0.0.0/8"})}, 30ms), delayed(1, {towards({"10.1.2.3"})}, 10ms)});
    REQUIRE(leaves.has_value());
    CHECK(chains(*leaves) == std::vector<std::string>{"egress_1", "egress_1_3", "egress_3"});
    CHECK((*leaves)[0].impairment.delay == 10ms);
    CHECK((*leaves)[1].impairment.delay == 40ms);
    CHECK((*leaves)[2].impairment.delay == 30ms);
}

TEST_CASE("ways that no packet can take are left out") {
    const auto names = [](std::vector<Flow> one, std::vector<Flow> other) {
        return chains(
            netem::leaves_of({delayed(1, std::move(one), 1ms), delayed(2, std::move(other), 1ms)})
                .value());
    };
    const std::vector<std::string> apart{"egress_1", "egress_2"};
    CHECK(names({towards({"10.0.0.1"})}, {towards({"10.0.0.2"})}) == apart);
    CHECK(names({towards({"10.0.0.1"})}, {towards({"fd00::/8"})}) == apart);
    auto tcp = towards({"10.0.0.1"}), udp = tcp, web = tcp, mail = tcp;
    tcp.protocol = web.protocol = mail.protocol = Protocol::tcp;
    udp.protocol = Protocol::udp;
    web.peer_ports = {80, 443};
    mail.peer_ports = {25};
    CHECK(names({tcp}, {udp}) == apart);
    CHECK(names({web}, {mail}) == apart);
    CHECK(names({tcp}, {mail}).size() == 3);
    auto here = towards({"10.0.0.1"}), there = here;
    here.own = {"10.9.0.0/16"};
    there.own = {"10.8.0.1"};
    CHECK(names({here}, {there}) == apart);
    CHECK(names({towards({"10.0.0.1"})}, {towards({"10.0.0.1"}, Side::ingress)}) ==
          std::vector<std::string>{"ingress_2", "egress_1"});
}

TEST_CASE("six faults may meet, a seventh is refused") {
    std::vector<Steered> faults;
    for (std::uint32_t i = 1; i <= 6; ++i) faults.push_back(delayed(i, {towards({"::1"})}, 1ms));
    const auto leaves = netem::leaves_of(faults);
    REQUIRE(leaves.has_value());
    CHECK(leaves->size() == 63);  // 2^6 - 1
    faults.push_back(delayed(7, {towards({"::1"})}, 1ms));
    const auto refused = netem::leaves_of(faults);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().message.find("faults 1, 2, 3, 4, 5, 6, 7 meet") != std::string::npos);
    faults.back() = delayed(7, {towards({"::2"})}, 1ms);
    CHECK(netem::leaves_of(faults)->size() == 64);
}

TEST_CASE("impairments that cannot be composed are refused only where they meet") {
    auto one = delayed(1, {towards({"10.0.0.1"})}, 1ms);
    auto other = delayed(2, {towards({"10.0.0.1"})}, 1ms);
    one.impairment.gilbert_elliott = GilbertElliott{0.1, 0.2, 1, 0};
    other.impairment.gilbert_elliott = GilbertElliott{0.3, 0.2, 1, 0};
    const auto refused = netem::leaves_of({one, other});
    REQUIRE(!refused.has_value());
    CHECK(refused.error().message.starts_with("faults 1, 2: "));
    other.flows = {towards({"10.0.0.2"})};
    CHECK(netem::leaves_of({one, other}).has_value());
}

TEST_CASE("the table decides fault by fault; chains stand before those that go there") {
    const std::vector<Steered> faults{
        delayed(1, {towards({"10.0.0.0/8"})}, 10ms),
        delayed(3, {towards({"10.1.2.3"}), towards({"10.1.2.3"}, Side::ingress)}, 30ms)};
    const auto leaves = netem::leaves_of(faults).value();
    const auto table = netem::table_of("gameday_x", faults, {"eth0", "eth1"}, ends_for(leaves));
    std::set<std::string> seen;
    for (const auto& chain : table.chains) {
        for (const auto& rule : chain.rules) {
            if (const auto* go = std::get_if<nft::Goto>(&rule.back())) CHECK(seen.count(go->chain));
        }
        CHECK(seen.insert(chain.name).second);
        if (!chain.base) CHECK(std::holds_alternative<nft::ForwardTo>(chain.rules.back().back()));
    }
    CHECK(seen == std::set<std::string>{"egress_1", "egress_1_3", "egress_3", "ingress_3",
                                        "egress_at_0", "egress_at_1", "ingress_at_0",
                                        "ingress_at_1"});
    std::set<std::string> sets;
    for (const auto& set : table.sets) CHECK(sets.insert(set.name).second);
    CHECK(sets.count("lease_1") == 1);
    CHECK(sets.count("lease_3") == 1);
}

TEST_CASE("the loopback interface is left alone by faults on everything and on real wires") {
    Flow all;
    all.side = Side::egress;
    all.everything = true;
    auto wire = delayed(2, {towards({"10.0.0.1"})}, 1ms);
    wire.impairment.wire_accurate = true;
    const std::vector<Steered> faults{delayed(1, {all}, 1ms), wire,
                                      delayed(3, {towards({"10.0.0.1"})}, 1ms)};
    const auto leaves = netem::leaves_of(faults).value();
    const auto table = netem::table_of("t", faults, {"lo", "eth0"}, ends_for(leaves));
    std::vector<std::string> from_lo;
    for (const auto& chain : table.chains) {
        if (!chain.base || chain.device != "lo") continue;
        for (const auto& rule : chain.rules) {
            if (const auto* go = std::get_if<nft::Goto>(&rule.back())) from_lo.push_back(go->chain);
        }
    }
    CHECK(from_lo == std::vector<std::string>{"egress_3"});
}

TEST_CASE("the packets of a chain are those of each of its faults") {
    CHECK(netem::chain_has("egress_1_13", 13));
    CHECK(netem::chain_has("egress_1_13", 1));
    CHECK_FALSE(netem::chain_has("egress_1_13", 3));
    CHECK_FALSE(netem::chain_has("egress_at_0", 1));
}

}  // namespace steering_tree_test
