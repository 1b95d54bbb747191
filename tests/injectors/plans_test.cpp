// What each kind plans, by example, on a system of three regions.
#include "harness/ports/fault_kind.hpp"
#include "injectors/process_kill/process_kill.hpp"
#include "injectors/process_pause/process_pause.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace plans_test {

using namespace gameday;

namespace {

void add_link(Topology& topology, const std::string& from, Link link) {
    link.id = LinkId::of(topology.links.size());
    link.name = from + "->" + topology.node_name(link.to_node);
    link.listen = Endpoint{"127.0.0.1", static_cast<std::uint16_t>(8000 + link.id.value)};
    topology.links.push_back(std::move(link));
}

// Regions a (a1 primary, a2), b (b1), c (c1). Every node dials every other and the clients of a and
// b dial all, through hops. c1 has no process.
Topology three_regions() {
    Topology topology;
    for (const std::string name : {"a", "b", "c"}) {
        topology.regions.push_back({RegionId::of(topology.regions.size()), name, {}});
    }
    for (const std::string name : {"a1", "a2", "b1", "c1"}) {
        Node node;
        node.id = NodeId::of(topology.nodes.size());
        node.name = name;
        node.region = *topology.find_region(name.substr(0, 1));
        node.role = name == "a1" ? "primary" : "replica";
        if (name != "c1") node.process = {name + ".pid", 0, {"serve", name}, "/srv", {}};
        topology.regions.at(node.region.index()).nodes.push_back(node.id);
        topology.nodes.push_back(node);
    }
    for (const auto& from : topology.nodes) {
        for (const auto& to : topology.nodes) {
            if (from.id == to.id) continue;
            add_link(topology, from.name, {{}, "", false, from.id, from.region, to.id, {}, {}});
        }
    }
    for (const std::string name : {"a", "b"}) {
        const RegionId from = *topology.find_region(name);
        for (const auto& to : topology.nodes) {
            add_link(topology, "clients:" + name, {{}, "", true, {}, from, to.id, {}, {}});
        }
    }
    return topology;
}

Topology without_listen(const std::string& link) {
    auto topology = three_regions();
    for (auto& each : topology.links) {
        if (each.name == link) each.listen.reset();
    }
    return topology;
}

Topology without_links_between(const std::string& one, const std::string& other) {
    auto topology = three_regions();
    std::erase_if(topology.links, [&](const Link& link) {
        return link.name == one + "->" + other || link.name == other + "->" + one;
    });
    for (std::size_t i = 0; i < topology.links.size(); ++i) topology.links[i].id = LinkId::of(i);
    return topology;
}

Result<FaultPlan> plan(const FaultKind& kind, const Params& params,
                       const Topology& topology = three_regions(), std::vector<Role> roles = {},
                       bool dry_run = false) {
    return kind.plan(params, {topology, std::move(roles), FaultId{1}, 1, dry_run, {}});
}

// "a1->b1 to" for each rule put on a link, a line each; other actions as "verb node".
std::string text_of(const Result<FaultPlan>& plan) {
    if (!plan) return plan.error().message;
    std::string text;
    for (const auto& action : plan->inject) {
        const auto direction = text_at(action.args, "direction");
        text += text.empty() ? "" : ", ";
        text += action.device == "proxy"
                    ? text_at(action.args, "link") + (direction.empty() ? "" : " " + direction)
                    : action.verb + " " + text_at(action.args, "node");
    }
    return text;
}

Value groups(const std::vector<std::vector<std::string>>& names) {
    List result;
    for (const auto& group : names) {
        List members;
        for (const auto& name : group) members.emplace_back(name);
        result.emplace_back(std::move(members));
    }
    return Value(std::move(result));
}

const Role primary = Role::primary;
const Role replica = Role::replica;

}  // namespace

TEST_CASE("a partition cuts both links of each pair across, and leaves each group whole") {
    CHECK(text_of(plan(faults::partition, {{"groups", groups({{"a"}, {"b", "c"}})}})) ==
          "a1->b1, a1->c1, a2->b1, a2->c1, b1->a1, b1->a2, c1->a1, c1->a2");
}

TEST_CASE("nodes in no group are cut off by groups, and hear everybody with between") {
    CHECK(text_of(plan(faults::partition, {{"groups", groups({{"c"}})}})) ==
          "a1->c1, a2->c1, b1->c1, c1->a1, c1->a2, c1->b1");
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"b"}, {"c"}})}})) ==
          "b1->c1, c1->b1");
}

TEST_CASE("a one-way partition loses the bytes of one side on whichever link they travel") {
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"b"}, {"c"}})},
                                           {"direction", "to"}})) == "b1->c1 to, c1->b1 from");
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"b"}, {"c"}})},
                                           {"direction", "from"}})) == "b1->c1 from, c1->b1 to");
}

TEST_CASE("clients go with their region when asked, and can be named alone") {
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"b"}, {"c"}})},
                                           {"clients", true}})) == "b1->c1, c1->b1, clients:b->c1");
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"clients:a"}, {"b"}})}})) ==
          "clients:a->b1");
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"clients:c"}, {"b"}})}})) ==
          "between: there is no proxy hop between clients:c and b, declare their link with "
          "\"listen\" under /system/links");
}

TEST_CASE("a partition that would leak is refused with what to declare") {
    const Params params{{"groups", groups({{"a"}, {"b", "c"}})}};
    CHECK(text_of(plan(faults::partition, params, without_listen("b1->a2"))) ==
          "groups: the link b1->a2 has no proxy hop, declare its \"listen\" under /system/links "
          "and have the dialler use it");
    const Params pair{{"between", groups({{"b"}, {"c"}})}};
    CHECK(text_of(plan(faults::partition, pair, without_links_between("b1", "c1"))) ==
          "between: there is no proxy hop between b and c, declare their link with \"listen\" "
          "under /system/links");
}

TEST_CASE("each wrong field of a partition is told") {
    CHECK(text_of(plan(faults::partition, {{"groups", groups({{"a"}, {"a1"}, {"nowhere"}})},
                                           {"style", "reset"},
                                           {"direction", "to"},
                                           {"client", true}})) ==
          "client: is not known here, did you mean \"clients\"?\n"
          "direction: one way needs the style \"blackhole\": a reset or refused connection is "
          "lost both ways\n"
          "groups: \"nowhere\" is not a region or node of the system, known are a, b, c, a1, a2, "
          "b1, c1");
    CHECK(text_of(plan(faults::partition, {{"groups", groups({{"a"}, {"a1", "b"}})}})) ==
          "groups: a1 stands in two groups, leave it in one");
    CHECK(text_of(plan(faults::partition, {})) ==
          "groups: is missing, write for example [[\"us-east\"], [\"eu-west\"]]");
    CHECK(text_of(plan(faults::partition, {{"groups", groups({{"a", "b", "c"}})}})) ==
          "groups: leaves nobody to be cut off from, write at least two groups");
    CHECK(text_of(plan(faults::partition, {{"between", groups({{"b"}, {"c"}})},
                                           {"style", "refuse"},
                                           {"connections", "established"}})) ==
          "connections: \"established\" connections cannot be refused, write \"new\" or another "
          "style");
}

TEST_CASE("roles are the newest known, else those declared, else any in a dry run") {
    const Params pair{{"between", groups({{"@primary"}, {"@replicas"}})}};
    CHECK(text_of(plan(faults::process_pause, {{"node", "@primary"}})) == "stop a1");
    CHECK(text_of(plan(faults::process_pause, {{"node", "@primary"}}, three_regions(),
                       {replica, replica, primary, replica})) == "stop b1");
    CHECK(text_of(plan(faults::process_pause, {{"node", "@replica"}}, three_regions(),
                       {primary, Role::down, replica, replica})) == "stop b1");
    CHECK(text_of(plan(faults::partition, pair, three_regions(),
                       {replica, replica, primary, Role::down})) ==
          "a1->b1, a2->b1, b1->a1, b1->a2, b1->c1, c1->b1");
    const auto nobody = plan(faults::process_pause, {{"node", "@primary"}}, three_regions(),
                             {replica, replica, replica, replica});
    CHECK(text_of(nobody) ==
          "node: \"@primary\" means nobody: the role probe heard no node say that it is primary; "
          "look at the path and the \"role\" of the probe, or name a node");
    const auto silent = plan(faults::process_pause, {{"node", "@primary"}}, three_regions(),
                             {Role::unknown, Role::unknown, Role::unknown, Role::unknown});
    CHECK_FALSE(silent.has_value());  // what is declared may be true no more
    auto undeclared = three_regions();
    for (auto& node : undeclared.nodes) node.role.clear();
    CHECK_FALSE(plan(faults::process_pause, {{"node", "@primary"}}, undeclared).has_value());
    CHECK(text_of(plan(faults::process_pause, {{"node", "@primary"}}, undeclared, {}, true)) ==
          "stop a1");
    CHECK(text_of(plan(faults::process_pause, {{"node", "@leader"}})) ==
          "node: \"@leader\" is not known, write @primary, @replica, @replicas or the name of a "
          "region or node");
}

TEST_CASE("latency between groups leaves clients alone, latency to a place does not") {
    const auto between =
        plan(faults::latency,
             {{"between", groups({{"b"}, {"c"}})}, {"delay", "75ms"}, {"jitter", "5ms"}});
    CHECK(text_of(between) == "b1->c1, c1->b1");
    REQUIRE(between.has_value());
    CHECK(text_at(between->inject.front().args, "delay") == "75ms");
    CHECK(text_at(between->inject.front().args, "jitter") == "5ms");
    CHECK_FALSE(between->expects_outage);
    CHECK(text_of(plan(faults::latency, {{"to", "c"}, {"delay", "1s"}, {"direction", "to"}})) ==
          "a1->c1 to, a2->c1 to, b1->c1 to, c1->a1 from, c1->a2 from, c1->b1 from, "
          "clients:a->c1 to, clients:b->c1 to");
    CHECK(text_of(plan(faults::latency, {{"to", "c"}, {"delay", "1s"}, {"clients", false}})) ==
          "a1->c1, a2->c1, b1->c1, c1->a1, c1->a2, c1->b1");
    CHECK(text_of(plan(faults::latency, {{"to", "c"}, {"delay", "1s"}, {"jitter", "2s"}})) ==
          "jitter: is more than the delay, write less");
    CHECK(text_of(plan(faults::latency, {{"to", "c"}, {"delay", 5}})) ==
          "delay: 5 has no unit, write \"5s\" or \"5ms\"");
}

TEST_CASE("a region outage cuts the border and the clients into it, nothing inside or elsewhere") {
    CHECK(text_of(plan(faults::region_outage, {{"region", "a"}})) ==
          "a1->b1, a1->c1, a2->b1, a2->c1, b1->a1, b1->a2, c1->a1, c1->a2, clients:a->a1, "
          "clients:a->a2, clients:b->a1, clients:b->a2");
    CHECK(
        text_of(plan(faults::region_outage, {{"region", "a"}}, without_listen("clients:b->a2"))) ==
        "region: the link clients:b->a2 has no proxy hop, declare its \"listen\" under "
        "/system/links and have the dialler use it");
    CHECK(text_of(plan(faults::region_outage, {{"region", "a"}}, without_listen("a1->a2")))
              .starts_with("a1->b1"));
}

TEST_CASE("a region outage by crash or pause takes every process of the region") {
    CHECK(text_of(plan(faults::region_outage, {{"region", "a"}, {"style", "crash"}})) ==
          "kill a1, kill a2");
    CHECK(text_of(plan(faults::region_outage, {{"region", "@primary"}, {"style", "pause"}})) ==
          "stop a1, stop a2");
    CHECK(text_of(plan(faults::region_outage, {{"region", "c"}, {"style", "pause"}})) ==
          "region: the node c1 has to declare process.pid_file or process.pid under "
          "/system/regions");
    CHECK(text_of(plan(faults::region_outage, {{"region", "a1"}})) ==
          "region: \"a1\" is no region, write \"a\"");
    CHECK(text_of(plan(faults::region_outage, {{"region", "a"}, {"restart", false}})) ==
          "restart: has a meaning for the style \"crash\" only, leave it out");
}

TEST_CASE("heal lists run backwards and carry what restarting takes") {
    const auto killed = plan(faults::process_kill, {{"region", "a"}});
    REQUIRE(killed.has_value());
    REQUIRE(killed->heal.size() == 2);
    const Action last{"process",
                      "restart",
                      {{"node", "a1"},
                       {"pid_file", "a1.pid"},
                       {"argv", List{Value("serve"), Value("a1")}},
                       {"folder", "/srv"},
                       {"timeout", "0s"}}};
    CHECK((killed->heal.back() == last));
    CHECK(text_at(killed->heal.front().args, "node") == "a2");
}

TEST_CASE("a node to be killed has to say how it is found and comes back") {
    CHECK(text_of(plan(faults::process_kill, {{"node", List{Value("c1"), Value("b1")}}})) ==
          "node: the node c1 has to declare process.pid_file under /system/regions; the node c1 "
          "has to declare process.restart (or write \"restart\": false) under /system/regions");
    CHECK(text_of(plan(faults::process_kill, {})) ==
          "node: is missing, write a node, or \"region\"");
}

TEST_CASE("replication lags on what the source says, whichever side dials") {
    const auto late = plan(faults::replication_lag, {{"delay", "2s"}, {"to", "b"}});
    CHECK(text_of(late) == "a1->b1 to, b1->a1 from");
    REQUIRE(late.has_value());
    CHECK_FALSE(late->expects_outage);
    CHECK(text_of(plan(faults::replication_lag, {{"mode", "pause"}})) ==
          "a1->a2 to, a1->b1 to, a1->c1 to, a2->a1 from, b1->a1 from, c1->a1 from");
    CHECK(text_of(plan(faults::replication_lag, {})) ==
          "delay: is missing, write for example \"2s\"");
    CHECK(text_of(plan(faults::replication_lag, {{"from", "a"}, {"to", "a2"}, {"delay", "1s"}})) ==
          "to: leaves no replica beside the source, name others");
}

TEST_CASE("replication is throttled in the direction of the data alone") {
    const auto slow =
        plan(faults::replication_lag, {{"mode", "throttle"}, {"rate", "80Kbit"}, {"to", "b"}});
    CHECK(text_of(slow) == "a1->b1 to, b1->a1 from");
    REQUIRE(slow.has_value());
    CHECK((slow->inject.front() ==
           Action{"proxy",
                  "set",
                  {{"link", "a1->b1"}, {"direction", "to"}, {"rate", std::int64_t{10'000}}}}));
    CHECK(text_of(plan(faults::replication_lag, {{"mode", "throttle"}, {"delay", "1s"}})) ==
          "delay: has no meaning with mode \"throttle\", leave it out\n"
          "rate: is missing, write for example \"1Mbit\", or use mode \"pause\"");
    CHECK(text_of(plan(faults::replication_lag, {{"delay", "1s"}, {"rate", "1Mbit"}})) ==
          "rate: has no meaning with mode \"delay\", leave it out");
}

TEST_CASE("a pause of replication holds what is said, and loses no packet of it") {
    const auto held = plan(faults::replication_lag, {{"mode", "pause"}});
    REQUIRE(held.has_value());
    CHECK(text_at(held->inject.front().args, "cut") == "hold");
}

TEST_CASE("resets meet the live connections of a link, so many, so fast, and new ones if asked") {
    const auto some = plan(faults::connection_reset,
                           {{"to", "c"}, {"clients", false}, {"count", 20}, {"rate_per_s", 5}});
    CHECK(text_of(some) == "a1->c1, a2->c1, b1->c1, c1->a1, c1->a2, c1->b1");
    REQUIRE(some.has_value());
    const Action first{"proxy",
                       "set",
                       {{"link", "a1->c1"},
                        {"cut", "reset"},
                        {"scope", "established"},
                        {"count", 20},
                        {"resets_per_s", 5}}};
    CHECK((some->inject.front() == first));
    CHECK_FALSE(some->expects_outage);
    const auto all = plan(faults::connection_reset, {{"to", "c"}, {"new", true}});
    REQUIRE(all.has_value());
    const Action any{"proxy", "set", {{"link", "a1->c1"}, {"cut", "reset"}}};
    CHECK((all->inject.front() == any));
    CHECK(all->expects_outage);
    CHECK(text_of(plan(faults::connection_reset, {{"count", -1}, {"via", "firewall"}})) ==
          "between: is missing, write for example [[\"us-east\"], [\"eu-west\"]]\n"
          "count: is not a count, write a whole number, 0 or more\n"
          "via: is not known here; known are between, to, count, rate_per_s, new, clients");
    CHECK(text_of(plan(faults::connection_reset, {{"to", "c"}}, without_listen("a1->c1"))) ==
          "to: the link a1->c1 has no proxy hop, declare its \"listen\" under /system/links and "
          "have the dialler use it");
}

TEST_CASE("a slow close delays the ends of streams, one way if asked") {
    const auto slow =
        plan(faults::slow_close,
             {{"between", groups({{"b"}, {"c"}})}, {"delay", "5s"}, {"direction", "to"}});
    CHECK(text_of(slow) == "b1->c1 to, c1->b1 from");
    REQUIRE(slow.has_value());
    CHECK(text_at(slow->inject.front().args, "end_delay") == "5s");
    CHECK_FALSE(slow->expects_outage);
    CHECK(text_of(plan(faults::slow_close, {{"to", "c"}, {"delay", "0s"}})) ==
          "delay: is no delay, write for example \"5s\"");
    CHECK(text_of(plan(faults::slow_close, {{"to", "c"}})) ==
          "delay: is missing: how late FIN is passed on; bytes are on time");
}

TEST_CASE("handshakes of TLS stall unless they are to be reset") {
    const auto stalled = plan(faults::tls_handshake, {{"between", groups({{"b"}, {"c"}})}});
    CHECK(text_of(stalled) == "b1->c1, c1->b1");
    REQUIRE(stalled.has_value());
    CHECK(text_at(stalled->inject.front().args, "tls") == "stall");
    CHECK(stalled->expects_outage);
    CHECK(text_of(plan(faults::tls_handshake, {{"to", "c"}, {"mode", "expired"}})) ==
          "mode: \"expired\" is not one of stall, reset");
}

TEST_CASE("a command is an argv, or a text for the shell") {
    const auto planned = plan(faults::command, {{"inject", List{Value("kubectl"), Value("drain")}},
                                                {"heal", "kubectl uncordon x && sleep 1"},
                                                {"verify", List{Value("is-down")}},
                                                {"timeout", "5s"}});
    REQUIRE(planned.has_value());
    const Action inject{
        "hook", "run", {{"argv", List{Value("kubectl"), Value("drain")}}, {"timeout", "5s"}}};
    const Action verify{"hook", "verify", {{"argv", List{Value("is-down")}}, {"timeout", "5s"}}};
    const Action heal{
        "hook",
        "run",
        {{"argv", List{Value("/bin/sh"), Value("-c"), Value("kubectl uncordon x && sleep 1")}},
         {"timeout", "5s"}}};
    CHECK((planned->inject == std::vector<Action>{inject, verify}));
    CHECK((planned->heal == std::vector<Action>{heal}));
    CHECK(text_of(plan(faults::command, {{"inject", List{}}, {"heal", ""}, {"timeout", "0s"}})) ==
          "heal: is empty, write a command\ninject: is empty, write a command\n"
          "timeout: is no time, write for example \"30s\"");
}

}  // namespace plans_test
