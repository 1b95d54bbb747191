// The health checks of a route, asked of a driver that says what the test says.
#include "harness/routing/checker.hpp"

#include "harness/ports/status.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/status_driver.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace checker_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

Topology one_region() {
    Topology topology;
    topology.regions = {{RegionId(0), "a", {NodeId(0), NodeId(1)}}};
    for (std::uint16_t i = 0; i < 2; ++i) {
        topology.nodes.push_back({NodeId(i),
                                  "n" + std::to_string(i),
                                  RegionId(0),
                                  i == 0 ? "primary" : "replica",
                                  "local",
                                  {},
                                  {}});
    }
    return topology;
}

NodeStatus bad() { return NodeStatus{Cause::refused}; }
NodeStatus well() { return NodeStatus{Cause::none, true}; }

struct Checked {
    std::optional<routing::View> first;  // after the first change
    std::vector<HealthSample> samples;
};

// Until the first change, but no longer than half a minute.
Checked check(const RouteSpec& route) {
    boost::asio::io_context io{1};
    const SteadyClock clock;
    const Topology topology = one_region();
    declared_questions.clear();
    Checked checked;
    routing::HealthChecker* running = nullptr;
    routing::HealthChecker checker(io, clock, topology, RegionId(0), route,
                                   [&](const routing::View& view) {
                                       if (!checked.first) checked.first = view;
                                       running->stop();
                                   });
    running = &checker;
    REQUIRE(checker.start(spoken_driver, {}, clock.now()).has_value());
    io.run_for(30s);
    checker.stop();
    checked.samples = checker.take();
    return checked;
}

RouteSpec quick_route() {
    RouteSpec route;
    route.check_interval = 1ms;
    return route;
}

}  // namespace

TEST_CASE("a route asks what it names, and nothing else") {
    RouteSpec route;
    route.check_path = "/up";
    route.check_headers = {{"X-A", "b"}};
    route.check_expect = {{"present", "/a"}};
    const auto health = health_question(route);
    REQUIRE(health.has_value());
    CHECK(health->subject == StatusSubject::health);
    CHECK(health->params == Params{{"path", "/up"},
                                   {"headers", Params{{"X-A", "b"}}},
                                   {"expect", Params{{"present", "/a"}}}});
    CHECK_FALSE(primary_question(route).has_value());
    route.check_path = "";
    route.writes_to_primary = true;
    CHECK_FALSE(health_question(route).has_value());
    CHECK(primary_question(route)->params ==
          Params{{"path", "/primary"}, {"headers", Params{{"X-A", "b"}}}});
}

TEST_CASE("a node whose status is not good leaves, whatever the protocol") {
    node_statuses = {well(), bad()};
    const auto checked = check(quick_route());
    CHECK(declared_questions.size() == 2);  // one for each node
    REQUIRE(checked.first.has_value());
    CHECK(checked.first->healthy == std::vector<bool>{true, false});
    CHECK(checked.first->primary == std::vector<bool>{true, false});
    REQUIRE(checked.samples.size() == 1);
    CHECK(checked.samples[0].node == NodeId(1));
    CHECK_FALSE(checked.samples[0].healthy);
}

TEST_CASE("who takes writes is a question of its own, and no sample of health") {
    node_statuses = {bad(), bad()};
    RouteSpec route = quick_route();
    route.check_path = "";
    route.writes_to_primary = true;
    const auto checked = check(route);
    CHECK(declared_questions.size() == 2);
    REQUIRE(checked.first.has_value());
    CHECK(checked.first->healthy == std::vector<bool>{true, true});
    CHECK(checked.first->primary == std::vector<bool>{false, false});
    CHECK(checked.samples.empty());
}

}  // namespace checker_test
