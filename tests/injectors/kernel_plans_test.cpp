// What kinds about links plan for the kernel's devices: flows of each host, by the nodes' own
// addresses.
#include "harness/ports/fault_kind.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kernel_plans_test {

using namespace gameday;
using test::groups;
using test::hosts_apart;
using test::plan_kind;

namespace {

std::string flow_text(const kernel::Flow& flow) {
    constexpr const char* protocols[] = {"", " tcp", " udp", " icmp"};
    std::string text = flow.side == kernel::Side::ingress ? "in" : "out";
    text += protocols[static_cast<int>(flow.protocol)];
    if (!flow.own_ports.empty()) text += fmt::format(" here:{}", fmt::join(flow.own_ports, "+"));
    if (!flow.peer_ports.empty()) text += fmt::format(" there:{}", fmt::join(flow.peer_ports, "+"));
    text += flow.everything ? std::string(" all") : fmt::format(" {}", fmt::join(flow.peers, "+"));
    if (!flow.own.empty()) text += fmt::format(" of {}", fmt::join(flow.own, "+"));
    if (!flow.spare.empty()) text += fmt::format(" but {}", fmt::join(flow.spare, "+"));
    return text;
}

std::string rule_text(const std::string& host, const std::vector<kernel::Flow>& flows,
                      const std::string& what) {
    std::string text = host + ":";
    for (const auto& flow : flows) text += fmt::format(" [{}]", flow_text(flow));
    return text + what;
}

std::string action_text(const Action& action) {
    if (const auto rule = devices::netem::rule_of(action)) {
        return rule_text(rule->host, rule->flows,
                         " netem " + kernel::impairment_text(rule->impairment));
    }
    if (const auto rule = devices::nfqueue::rule_of(action)) {
        CHECK(rule->impairment.seed != 0);
        return rule_text(rule->host, rule->flows,
                         " nfqueue " + kernel::impairment_text(rule->impairment));
    }
    const auto rule = devices::firewall::rule_of(action);
    if (!rule) return action.device + " " + action.verb;
    constexpr const char* cuts[] = {"", " reset", " reject"};
    constexpr const char* scopes[] = {"", " fresh", " established"};
    return rule_text(
        rule->host, rule->flows,
        std::string(cuts[static_cast<int>(rule->cut)]) + scopes[static_cast<int>(rule->scope)]);
}

// One line an action of inject.
std::string text_of(const Result<FaultPlan>& plan) {
    if (!plan) return plan.error().message;
    std::string text;
    for (const auto& action : plan->inject) {
        text += (text.empty() ? "" : "\n") + action_text(action);
    }
    return text;
}

// The same effect on the one link between b1 and c1, c1 and b1.
std::string both_ways(const std::string& what) {
    return "netns:b1: [out 10.0.0.4 of 10.0.0.3] " + what +
           "\nnetns:c1: [out 10.0.0.3 of 10.0.0.4] " + what;
}

const Value b_and_c = groups({{"b"}, {"c"}});

}  // namespace

TEST_CASE("a partition drops at each host what arrives from the other side, in one action a host") {
    const auto cut = plan_kind(faults::partition, {{"groups", groups({{"a"}, {"b", "c"}})}});
    CHECK(text_of(cut) ==
          "netns:a1: [in 10.0.0.3+10.0.0.4 of 10.0.0.1+fd00::1]\n"
          "netns:a2: [in 10.0.0.3+10.0.0.4 of 10.0.0.2]\n"
          "netns:b1: [in 10.0.0.1+fd00::1+10.0.0.2 of 10.0.0.3]\n"
          "netns:c1: [in 10.0.0.1+fd00::1+10.0.0.2 of 10.0.0.4]");
    REQUIRE(cut.has_value());
    REQUIRE(cut->heal.size() == 4);
    CHECK(cut->heal.front() == devices::firewall::clear("netns:c1"));
    CHECK(cut->heal.back() == devices::firewall::clear("netns:a1"));
    CHECK(cut->nodes.size() == 4);
    CHECK(cut->notes ==
          std::vector<std::string>{"by firewall: not all links concerned have proxy hops"});
}

TEST_CASE("one way, a partition drops at the listener alone") {
    CHECK(text_of(plan_kind(faults::partition, {{"between", b_and_c}, {"direction", "to"}})) ==
          "netns:c1: [in 10.0.0.3 of 10.0.0.4]");
    CHECK(text_of(plan_kind(faults::partition, {{"between", b_and_c}, {"direction", "from"}})) ==
          "netns:b1: [in 10.0.0.4 of 10.0.0.3]");
}

TEST_CASE("styles and connections of a partition become cuts and scopes") {
    const auto with = [](const char* style, const char* connections) {
        auto text = text_of(
            plan_kind(faults::partition,
                      {{"between", b_and_c}, {"style", style}, {"connections", connections}}));
        return text.substr(text.rfind(']') + 1);
    };
    CHECK(with("blackhole", "all").empty());
    CHECK(with("blackhole", "new") == " fresh");
    CHECK(with("reset", "established") == " reset established");
    CHECK(with("refuse", "all") == " reject fresh");
}

TEST_CASE("clients are whoever is no node, which has to be allowed") {
    Params params{{"between", b_and_c}, {"clients", true}};
    auto topology = hosts_apart();
    test::add_client_link(topology, "b", "c1");
    CHECK(text_of(plan_kind(faults::partition, params, topology)) ==
          "allow_everything: clients are whoever is no node: all traffic of netns:c1 but what is "
          "spared, write \"allow_everything\": true, or leave the clients out");
    params["allow_everything"] = Value(true);
    const auto cut = plan_kind(faults::partition, params, topology);
    CHECK(text_of(cut) ==
          "netns:b1: [in 10.0.0.4 of 10.0.0.3]\n"
          "netns:c1: [in all of 10.0.0.4 but 10.0.0.1+fd00::1+10.0.0.2+10.0.0.4] "
          "[out all of 10.0.0.4 but 10.0.0.1+fd00::1+10.0.0.2+10.0.0.3+10.0.0.4]");
    REQUIRE(cut.has_value());
    CHECK(cut->notes.size() == 2);
    // A reset is an answer, so it is given to what arrives, alone.
    params["style"] = Value("reset");
    CHECK(text_of(plan_kind(faults::partition, params, topology)) ==
          "netns:b1: [in 10.0.0.4 of 10.0.0.3] reset\n"
          "netns:c1: [in all of 10.0.0.4 but 10.0.0.1+fd00::1+10.0.0.2+10.0.0.4] reset");
    topology.nodes[3].host = "local";
    CHECK(text_of(plan_kind(faults::partition,
                            {{"between", b_and_c},
                             {"clients", true},
                             {"allow_everything", true},
                             {"via", "firewall"}},
                            topology))
              .starts_with("allow_everything: clients are whoever is no node: all traffic of our "
                           "own host, and gameday's with it"));
}

TEST_CASE("clients need all nodes of a host to be meant alike") {
    auto topology = hosts_apart();
    topology.nodes[3].host = "netns:b1";
    test::add_client_link(topology, "b", "c1");
    CHECK(
        text_of(plan_kind(faults::partition,
                          {{"between", groups({{"a1"}, {"b1"}, {"clients:b", "c1"}})},
                           {"allow_everything", true},
                           {"via", "firewall"}},
                          topology)) ==
        "between: the nodes b1 and c1 share the host netns:b1, but not whom they are set against; "
        "leave the clients out, or name them in a fault of their own");
}

TEST_CASE("addresses must tell nodes apart") {
    auto topology = hosts_apart();
    topology.nodes[3].addresses = {"10.0.0.0/28"};
    CHECK(text_of(plan_kind(faults::partition, {{"between", b_and_c}}, topology)) ==
          "between: the nodes b1 and c1 share the address 10.0.0.3, so packets do not tell whose "
          "they are; declare \"addresses\" of their own under /system/regions");
    CHECK(text_of(plan_kind(faults::partition, {{"between", groups({{"a"}, {"b"}})}}, topology))
              .starts_with("between: the nodes a1 and c1 share the address 10.0.0.1"));
    topology.nodes[3].addresses.clear();
    CHECK(text_of(plan_kind(faults::partition, {{"between", b_and_c}}, topology)) ==
          "between: the node c1 has no numeric address, declare its \"addresses\" under "
          "/system/regions");
}

TEST_CASE("nodes of one host make one action, and a note about their addresses") {
    auto topology = hosts_apart();
    for (auto& node : topology.nodes) node.host = "local";
    const auto cut =
        plan_kind(faults::partition, {{"groups", groups({{"a"}, {"b", "c"}})}, {"via", "firewall"}},
                  topology);
    CHECK(text_of(cut) ==
          "local: [in 10.0.0.3+10.0.0.4 of 10.0.0.1+fd00::1+10.0.0.2] "
          "[in 10.0.0.1+fd00::1+10.0.0.2 of 10.0.0.3+10.0.0.4]");
    REQUIRE(cut.has_value());
    CHECK(cut->notes == std::vector<std::string>{
                            "by firewall: the scenario says so",
                            "nodes share the host local: packets between them must carry the "
                            "nodes' own addresses on both ends, or they pass untouched"});
    // Most do not, so nobody but the scenario chooses this.
    CHECK(text_of(plan_kind(faults::partition, {{"groups", groups({{"a"}, {"b", "c"}})}}, topology))
              .find("there is no proxy hop") != std::string::npos);
}

TEST_CASE("spared addresses are spared by every flow") {
    CHECK(text_of(test::plan_sparing(faults::partition, {{"between", b_and_c}, {"direction", "to"}},
                                     {"10.0.9.0/24"})) ==
          "netns:c1: [in 10.0.0.3 of 10.0.0.4 but 10.0.9.0/24]");
}

TEST_CASE("a region outage leaves a region nothing but itself and what is spared") {
    Params params{{"region", "a"}};
    CHECK(
        text_of(plan_kind(faults::region_outage, params))
            .starts_with("allow_everything: a region that is gone loses all traffic of netns:a1"));
    params["allow_everything"] = Value(true);
    const auto gone = test::plan_sparing(faults::region_outage, params, {"10.0.9.1"});
    CHECK(text_of(gone) ==
          "netns:a1: [in all but 10.0.0.1+fd00::1+10.0.0.2+10.0.9.1] "
          "[out all but 10.0.0.1+fd00::1+10.0.0.2+10.0.9.1]\n"
          "netns:a2: [in all but 10.0.0.1+fd00::1+10.0.0.2+10.0.9.1] "
          "[out all but 10.0.0.1+fd00::1+10.0.0.2+10.0.9.1]");
    REQUIRE(gone.has_value());
    CHECK(gone->nodes == std::vector<NodeId>{NodeId(0), NodeId(1)});
    CHECK(gone->notes.size() == 2);
    params["region"] = Value("b");
    params["style"] = Value("reset");
    CHECK(text_of(plan_kind(faults::region_outage, params)) ==
          "netns:b1: [in all but 10.0.0.3] reset");
    auto shared = hosts_apart();
    shared.nodes[3].host = "netns:b1";
    CHECK(text_of(plan_kind(faults::region_outage, params, shared)) ==
          "region: netns:b1 is the host of c1, which is of another region; give each region hosts "
          "of its own");
    shared.nodes[2].host = "local";
    params["via"] = Value("firewall");
    CHECK(text_of(plan_kind(faults::region_outage, params, shared))
              .starts_with("allow_everything: a region that is gone loses all traffic of our own "
                           "host, and gameday's with it"));
    CHECK(text_of(plan_kind(faults::region_outage,
                            {{"region", "a"}, {"style", "pause"}, {"via", "firewall"}})) ==
          "via: has no meaning for the style \"pause\", leave it out");
}

TEST_CASE("latency is added as each side's packets leave") {
    CHECK(text_of(plan_kind(faults::latency,
                            {{"between", b_and_c}, {"delay", "100ms"}, {"jitter", "10ms"}})) ==
          both_ways("netem delay 100 ms ± 10 ms"));
    const auto one_way = plan_kind(faults::latency, {{"to", "c"},
                                                     {"delay", "1s"},
                                                     {"direction", "to"},
                                                     {"clients", false},
                                                     {"jitter", "1s"},
                                                     {"correlation", 0.5},
                                                     {"distribution", "normal"}});
    CHECK(text_of(one_way) ==
          "netns:a1: [out 10.0.0.4 of 10.0.0.1+fd00::1] netem delay 1 s ± 1 s (normal)\n"
          "netns:a2: [out 10.0.0.4 of 10.0.0.2] netem delay 1 s ± 1 s (normal)\n"
          "netns:b1: [out 10.0.0.4 of 10.0.0.3] netem delay 1 s ± 1 s (normal)");
    REQUIRE(one_way.has_value());
    CHECK_FALSE(one_way->expects_outage);
    CHECK(one_way->notes == std::vector<std::string>{
                                "by netem: the proxy cannot do this",
                                "with jitter packets overtake one another, as on no single wire"});
    CHECK(text_of(plan_kind(faults::latency, {{"between", b_and_c},
                                              {"delay", "1s"},
                                              {"distribution", "pareto"},
                                              {"via", "proxy"}})) ==
          "distribution: has nothing to vary, write a \"jitter\" as well");
    CHECK(text_of(plan_kind(
              faults::latency,
              {{"between", b_and_c}, {"delay", "1s"}, {"correlation", 0.5}, {"via", "proxy"}})) ==
          "correlation: needs a kernel device, write another \"via\" or none");
}

TEST_CASE("a port is that of either end, in TCP and UDP, and no other packet is meant") {
    const Params tcp{{"between", groups({{"b"}, {"c"}})},
                     {"direction", "to"},
                     {"port", std::int64_t{5432}},
                     {"protocol", "tcp"}};
    CHECK(text_of(plan_kind(faults::partition, tcp)) ==
          "netns:c1: [in tcp here:5432 10.0.0.3 of 10.0.0.4] "
          "[in tcp there:5432 10.0.0.3 of 10.0.0.4]");
    Params any = tcp;
    any.erase("protocol");
    CHECK(text_of(plan_kind(faults::partition, any)) ==
          "netns:c1: [in tcp here:5432 10.0.0.3 of 10.0.0.4] "
          "[in tcp there:5432 10.0.0.3 of 10.0.0.4] "
          "[in udp here:5432 10.0.0.3 of 10.0.0.4] "
          "[in udp there:5432 10.0.0.3 of 10.0.0.4]");
    CHECK(text_of(plan_kind(faults::replication_lag,
                            {{"from", "b"}, {"to", "c"}, {"delay", "2s"}, {"protocol", "udp"}})) ==
          "netns:b1: [out udp 10.0.0.4 of 10.0.0.3] netem delay 2 s");
}

TEST_CASE("packets of one kind are no matter for the proxy, and what has no ports is refused") {
    auto hops = hosts_apart();
    test::add_hops_between(hops, "b1", "c1");
    Params params{{"between", groups({{"b"}, {"c"}})}, {"delay", "1s"}, {"protocol", "tcp"}};
    const auto chosen = plan_kind(faults::latency, params, hops);
    REQUIRE(chosen.has_value());
    CHECK(chosen->notes.front() == "by netem: the proxy cannot do this");
    params["via"] = "proxy";
    CHECK(text_of(plan_kind(faults::latency, params, hops)) ==
          "protocol: needs a kernel device, write another \"via\" or none");
    params["via"] = "auto";
    params["protocol"] = "icmp";
    params["port"] = std::int64_t{80};
    CHECK(text_of(plan_kind(faults::latency, params, hops)) ==
          "port: icmp has none, leave it out or write another \"protocol\"");
    params["port"] = std::int64_t{70000};
    CHECK(text_of(plan_kind(faults::latency, params, hops)) ==
          "port: 70000 is no port, write 1 to 65535");
}

TEST_CASE("replication lags as the source's packets leave, and pauses as they arrive") {
    CHECK(text_of(plan_kind(faults::replication_lag, {{"delay", "2s"}, {"to", "b"}})) ==
          "netns:a1: [out 10.0.0.3 of 10.0.0.1+fd00::1] netem delay 2 s");
    const auto held = plan_kind(faults::replication_lag, {{"mode", "pause"}});
    CHECK(text_of(held) ==
          "netns:a2: [in 10.0.0.1+fd00::1 of 10.0.0.2]\n"
          "netns:b1: [in 10.0.0.1+fd00::1 of 10.0.0.3]\n"
          "netns:c1: [in 10.0.0.1+fd00::1 of 10.0.0.4]");
    REQUIRE(held.has_value());
    CHECK(held->nodes.size() == 3);
    CHECK_FALSE(held->expects_outage);
    CHECK(text_of(plan_kind(faults::replication_lag, {{"mode", "pause"}, {"via", "netem"}})) ==
          "via: netem only delays, write \"firewall\" for mode \"pause\"");
    CHECK(text_of(plan_kind(faults::replication_lag, {{"delay", "2s"}, {"via", "firewall"}})) ==
          "via: firewall cannot delay, write \"netem\" or \"nfqueue\"");
}

TEST_CASE("packets are lost by share or by chains of states") {
    CHECK(text_of(plan_kind(faults::loss, {{"between", b_and_c}, {"share", 0.05}})) ==
          both_ways("netem loss 5 %"));
    const auto bursts = plan_kind(
        faults::loss,
        {{"between", b_and_c}, {"gilbert_elliott", Params{{"p", Value(0.01)}, {"r", Value(0.3)}}}});
    REQUIRE(bursts.has_value());
    CHECK_THAT(bursts->notes.back(), Catch::Matchers::StartsWith("a packet is what the kernel"));
    const auto rule = devices::netem::rule_of(bursts->inject.front());
    REQUIRE(rule.has_value());
    CHECK((rule->impairment.gilbert_elliott == kernel::GilbertElliott{0.01, 0.3, 1, 0}));
    const auto states = plan_kind(
        faults::loss, {{"between", b_and_c}, {"four_state", Params{{"p13", Value(0.05)}}}});
    REQUIRE(states.has_value());
    CHECK((devices::netem::rule_of(states->inject.front())->impairment.four_state ==
           kernel::FourState{0.05, 1, 0, 1, 0}));
    CHECK(text_of(plan_kind(faults::loss, {{"between", b_and_c}})) ==
          "share: is missing, write for example 0.05");
    CHECK(text_of(plan_kind(faults::loss, {{"between", b_and_c}, {"share", 0}})) ==
          "share: is nothing, write more than 0 and at most 1");
    CHECK(text_of(plan_kind(faults::loss, {{"between", b_and_c},
                                           {"correlation", 0.2},
                                           {"four_state", Params{{"p31", Value(1)}}}})) ==
          "correlation: has a meaning with share only, leave it out\n"
          "four_state: p13: is missing: good to a burst of losses");
}

TEST_CASE("where netem is not able the queue takes its impairments") {
    const DeviceCheck no_netem = [](std::string_view device) -> Result<std::string> {
        if (device != "netem") return std::string();
        return Error{ErrorCode::unsupported, "no sch_netem"};
    };
    const auto planned = [&](const FaultKind& kind, Params params) {
        params["between"] = b_and_c;
        return text_of(plan_kind(kind, params, hosts_apart(), no_netem));
    };
    CHECK(planned(faults::bandwidth, {{"rate", "20Mbit"}}) == both_ways("nfqueue rate 20 Mbit/s"));
    CHECK(planned(faults::corrupt, {{"share", 0.01}}) == both_ways("nfqueue corrupt 1 %"));
    CHECK(planned(faults::loss, {{"share", 0.01}}) == both_ways("nfqueue loss 1 %"));
    CHECK(planned(faults::duplicate, {{"share", 0.01}}) == both_ways("nfqueue duplicate 1 %"));
    CHECK(planned(faults::reorder, {{"share", 0.25}}) ==
          both_ways("nfqueue delay 10 ms, reorder 25 %"));
}

TEST_CASE("each other impairment is planned both ways") {
    CHECK(text_of(plan_kind(faults::duplicate, {{"between", b_and_c}, {"share", 0.01}})) ==
          both_ways("netem duplicate 1 %"));
    CHECK(text_of(plan_kind(faults::corrupt, {{"between", b_and_c}, {"share", 0.01}})) ==
          both_ways("netem corrupt 1 %"));
    CHECK(text_of(plan_kind(faults::reorder, {{"between", b_and_c}, {"share", 0.25}})) ==
          both_ways("netem delay 10 ms, reorder 25 %"));
    CHECK(text_of(plan_kind(faults::bandwidth, {{"between", b_and_c}, {"rate", "20Mbit"}})) ==
          both_ways("netem rate 20 Mbit/s"));
    CHECK(text_of(plan_kind(faults::gray_failure, {{"between", b_and_c}})) ==
          both_ways("netem delay 20 ms ± 10 ms (normal), loss 3 %"));
    CHECK(text_of(plan_kind(faults::gray_failure, {{"between", b_and_c}, {"share", 0.2}})) ==
          "share: is not gray, write 0.01 to 0.05, or use the fault loss");
}

}  // namespace kernel_plans_test
