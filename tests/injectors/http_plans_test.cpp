// What the kinds about HTTP requests plan, on a system of three regions.
#include "harness/ports/fault_kind.hpp"
#include "injectors/devices/proxy/actions.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <string>
#include <utility>
#include <vector>

namespace http_plans_test {

using namespace gameday;
using namespace std::chrono_literals;

namespace {

void add_link(Topology& topology, const std::string& from, Link link) {
    link.id = LinkId::of(topology.links.size());
    link.name = from + "->" + topology.node_name(link.to_node);
    link.listen = Endpoint{"127.0.0.1", static_cast<std::uint16_t>(8000 + link.id.value)};
    topology.links.push_back(std::move(link));
}

// Regions a (a1, a2) and b (b1); every node dials every other, the clients of both dial all.
Topology two_regions() {
    Topology topology;
    for (const std::string name : {"a", "b"}) {
        topology.regions.push_back({RegionId::of(topology.regions.size()), name, {}});
    }
    for (const std::string name : {"a1", "a2", "b1"}) {
        Node node;
        node.id = NodeId::of(topology.nodes.size());
        node.name = name;
        node.region = *topology.find_region(name.substr(0, 1));
        node.role = name == "a1" ? "primary" : "replica";
        topology.regions.at(node.region.index()).nodes.push_back(node.id);
        topology.nodes.push_back(node);
    }
    for (const auto& to : topology.nodes) {
        for (const auto& from : topology.nodes) {
            if (from.id == to.id) continue;
            add_link(topology, from.name, {{}, "", false, from.id, from.region, to.id, {}, {}});
        }
        for (const auto& from : topology.regions) {
            add_link(topology, "clients:" + from.name, {{}, "", true, {}, from.id, to.id, {}, {}});
        }
    }
    return topology;
}

Result<FaultPlan> plan(const FaultKind& kind, const Params& params,
                       const Topology& topology = two_regions()) {
    return kind.plan(params, {topology, {}, FaultId{1}, 1, false, {}});
}

std::string links_of(const Result<FaultPlan>& plan) {
    if (!plan) return plan.error().message;
    std::string text;
    for (const auto& action : plan->inject) {
        text += (text.empty() ? "" : " ") + text_at(action.args, "link");
    }
    return text;
}

}  // namespace

TEST_CASE("HTTP faults are about requests to these places, and not about what those ask others") {
    CHECK(links_of(plan(faults::http_error, {{"to", "b"}})) ==
          "a1->b1 a2->b1 clients:a->b1 clients:b->b1");
    CHECK(links_of(plan(faults::http_error, {{"to", "a"}})) ==
          "b1->a1 clients:a->a1 clients:b->a1 b1->a2 clients:a->a2 clients:b->a2");
    CHECK(links_of(plan(faults::http_error, {{"to", "@primary"}, {"from", "clients:b"}})) ==
          "clients:b->a1");
    CHECK(links_of(plan(faults::http_error, {{"to", "a"}, {"from", List{"a2", "clients:a"}}})) ==
          "a2->a1 clients:a->a1 clients:a->a2");
}

TEST_CASE("an HTTP fault carries its effect and its requests to each link, and is healed there") {
    const auto error = plan(faults::http_error, {{"to", "b1"},
                                                 {"from", "a1"},
                                                 {"status", 500},
                                                 {"body", "no"},
                                                 {"headers", Params{{"Retry-After", "5"}}},
                                                 {"path", "/x*"},
                                                 {"method", "PUT"},
                                                 {"header", "X-A: b"},
                                                 {"share", 0.5},
                                                 {"first", 9},
                                                 {"every", 3}});
    REQUIRE(error.has_value());
    CHECK_FALSE(error->expects_outage);
    REQUIRE(error->inject.size() == 1);
    devices::proxy::http::Fault wanted;
    wanted.name = "http_error";
    wanted.answer = devices::proxy::http::Answer{500, "no", {{"Retry-After", "5"}}};
    wanted.path = "/x*";
    wanted.methods = {"PUT"};
    wanted.header = "X-A: b";
    wanted.share = 0.5;
    wanted.first = 9;
    wanted.every = 3;
    CHECK(devices::proxy::rule_of(error->inject[0])->http == wanted);
    CHECK(error->heal == std::vector{devices::proxy::clear("a1->b1")});

    const auto late =
        plan(faults::http_delay,
             {{"to", "b1"}, {"from", "a1"}, {"delay", "2s"}, {"jitter", "1s"}, {"after_bytes", 0}});
    REQUIRE(late.has_value());
    devices::proxy::http::Fault slow;
    slow.name = "http_delay";
    slow.delay = 2s;
    slow.jitter = 1s;
    slow.delay_after = 0;
    CHECK(devices::proxy::rule_of(late->inject[0])->http == slow);
}

TEST_CASE("HTTP faults that make no sense are refused with what to write instead") {
    const auto says = [](const FaultKind& kind, const Params& params) {
        return links_of(plan(kind, params));
    };
    CHECK(says(faults::http_error, {}) ==
          "to: is missing: regions or nodes whose requests are met");
    CHECK(says(faults::http_error, {{"to", "b"}, {"status", 200}}) ==
          "status: 200 is no error and no redirect, write 300 to 599");
    CHECK(says(faults::http_error, {{"to", "b"}, {"status", 304}, {"body", "x"}}) ==
          "body: is never sent with status 304, leave it out");
    CHECK(says(faults::http_error, {{"to", "b"}, {"headers", Params{{"Content-Length", "5"}}}}) ==
          "headers: \"Content-Length\" is written by the proxy itself, remove it");
    CHECK(says(faults::http_error, {{"to", "b"}, {"stats", 500}}) ==
          "stats: is not known here, did you mean \"status\"?");
    CHECK(says(faults::http_error, {{"to", "b"}, {"path", "/a?b"}}) ==
          "path: has a query, which is not compared: leave out \"?\" and what follows");
    CHECK(says(faults::http_delay, {{"to", "b"}}) == "delay: is missing: the response is so late");
    CHECK(says(faults::http_delay, {{"to", "b"}, {"delay", "1s"}, {"jitter", "2s"}}) ==
          "jitter: is more than the delay, write less");
    CHECK(says(faults::http_delay, {{"to", "b"}, {"from", "b1"}, {"delay", "1s"}}) ==
          "to: no link leads there from these, declare one with \"listen\" under /system/links");
    auto topology = two_regions();
    topology.links.back().listen.reset();
    CHECK(links_of(plan(faults::http_error, {{"to", "b"}}, topology)) ==
          "to: the link clients:b->b1 has no proxy hop, declare its \"listen\" under "
          "/system/links and have the dialler use it");
    CHECK(links_of(plan(faults::http_error, {{"to", "b"}, {"from", "a"}}, topology)) ==
          "a1->b1 a2->b1");
}

}  // namespace http_plans_test
