#include "harness/base/random.hpp"
#include "harness/routing/choice.hpp"
#include "harness/routing/health.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <map>

using namespace gameday;
using namespace gameday::routing;
using namespace std::chrono_literals;

namespace {

// Regions a (nodes 0, 1), b (node 2) and c (node 3); the primary is declared in a.
Topology three_regions() {
    Topology topology;
    topology.regions = {{RegionId(0), "a", {NodeId(0), NodeId(1)}},
                        {RegionId(1), "b", {NodeId(2)}},
                        {RegionId(2), "c", {NodeId(3)}}};
    const std::vector<std::uint16_t> region_of{0, 0, 1, 2};
    for (std::uint16_t i = 0; i < 4; ++i) {
        topology.nodes.push_back({NodeId(i),
                                  "n" + std::to_string(i),
                                  RegionId(region_of[i]),
                                  i == 0 ? "primary" : "replica",
                                  "local",
                                  {},
                                  {}});
    }
    return topology;
}

std::vector<NodeId> nodes(std::initializer_list<std::uint16_t> numbers) {
    std::vector<NodeId> result;
    for (const auto number : numbers) result.push_back(NodeId(number));
    return result;
}

struct Asked {
    RoutePolicy policy = RoutePolicy::failover;
    std::vector<std::string> order = {};
    std::vector<bool> healthy = {true, true, true, true};
    std::uint16_t home = 0;
    Verb verb = Verb::read;
    bool to_primary = false;
    std::vector<bool> primary = {true, false, false, false};
};

std::vector<NodeId> ask(const Asked& asked) {
    RouteSpec spec;
    spec.policy = asked.policy;
    spec.order = asked.order;
    spec.writes_to_primary = asked.to_primary;
    const Topology topology = three_regions();
    const auto route = resolve_route(spec, topology);
    REQUIRE(route.has_value());
    return choose(*route, topology, View{asked.healthy, asked.primary}, RegionId(asked.home),
                  asked.verb, 0.5, 0);
}

}  // namespace

TEST_CASE("each policy picks what its definition says") {
    using P = RoutePolicy;
    const std::vector<bool> a_out{false, false, true, true};
    const std::vector<bool> all_out{false, false, false, false};
    CHECK(ask({.policy = P::failover}) == nodes({0}));
    CHECK(ask({.policy = P::failover, .home = 2}) == nodes({0}));
    CHECK(ask({.policy = P::failover, .order = {"c"}}) == nodes({3}));
    CHECK(ask({.policy = P::failover, .healthy = {false, true, true, true}}) == nodes({1}));
    CHECK(ask({.policy = P::failover, .healthy = a_out}) == nodes({2}));
    CHECK(ask({.policy = P::failover, .healthy = all_out}).empty());
    CHECK(ask({.policy = P::direct, .home = 1}) == nodes({2}));
    CHECK(ask({.policy = P::direct, .healthy = all_out, .home = 1}) == nodes({2}));
    CHECK(ask({.policy = P::retry_elsewhere, .home = 1}) == nodes({2, 0, 3}));
    CHECK(ask({.policy = P::retry_elsewhere, .healthy = a_out, .home = 0}) == nodes({2, 3}));
    CHECK(ask({.policy = P::retry_elsewhere, .healthy = all_out}).empty());
    CHECK(ask({.policy = P::weighted, .healthy = all_out}).empty());
}

TEST_CASE("writes follow the primary when asked to, reads do not") {
    const std::vector<bool> moved{false, false, true, false};
    CHECK(ask({.verb = Verb::write, .to_primary = true, .primary = moved}) == nodes({2}));
    CHECK(ask({.verb = Verb::read, .to_primary = true, .primary = moved}) == nodes({0}));
    CHECK(ask({.verb = Verb::write, .to_primary = true, .primary = {false, false, false, false}})
              .empty());
    CHECK(ask({.verb = Verb::write, .primary = moved}) == nodes({0}));
}

TEST_CASE("healthy nodes of a region take turns") {
    const Topology topology = three_regions();
    const auto route = resolve_route(RouteSpec{}, topology);
    std::map<NodeId, int> seen;
    for (std::uint64_t turn = 0; turn < 10; ++turn) {
        const auto chosen =
            choose(*route, topology, first_view(topology), RegionId(0), Verb::read, 0, turn);
        ++seen[chosen.at(0)];
    }
    CHECK(seen == std::map<NodeId, int>{{NodeId(0), 5}, {NodeId(1), 5}});
}

TEST_CASE("weights hold among the healthy regions") {
    RouteSpec spec;
    spec.policy = RoutePolicy::weighted;
    spec.weights = {2, 1, 1};
    const Topology topology = three_regions();
    const auto route = resolve_route(spec, topology);
    Random random(9, "w");
    const auto shares = [&](const std::vector<bool>& healthy) {
        std::map<std::uint16_t, double> seen;
        for (int i = 0; i < 20000; ++i) {
            const auto chosen = choose(*route, topology, View{healthy, healthy}, RegionId(0),
                                       Verb::read, random.unit(), 0);
            seen[topology.region_of(chosen.at(0)).value] += 1.0 / 20000;
        }
        return seen;
    };
    // Five standard deviations of a share over 20000 draws are below 0.018.
    auto all = shares({true, true, true, true});
    CHECK(std::abs(all[0] - 0.5) < 0.018);
    CHECK(std::abs(all[1] - 0.25) < 0.018);
    auto without_a = shares({false, false, true, true});
    CHECK(without_a[0] == 0);
    CHECK(std::abs(without_a[1] - 0.5) < 0.018);
}

TEST_CASE("an order of unknown regions and weights that pick nothing are refused") {
    RouteSpec spec;
    spec.order = {"mars"};
    CHECK(!resolve_route(spec, three_regions()).has_value());
    spec.order = {};
    spec.weights = {0, 0, 0};
    CHECK(!resolve_route(spec, three_regions()).has_value());
    spec.weights = {1, -1, 1};
    CHECK(!resolve_route(spec, three_regions()).has_value());
}

TEST_CASE("a node is out after threshold failures in a row and back after recovery good checks") {
    HealthState state;
    std::string history;
    for (const char result : std::string("..x.xx.xx.x..x...")) {
        state = after_check(state, result == '.', 2, 3);
        history += state.healthy ? '+' : '-';
    }
    //             ..x.xx.xx.x..x...
    CHECK(history == "+++++-----------+");
    CHECK(after_check({}, false, 0, 0) == HealthState{false, 0});
}

TEST_CASE("attempts share the time that is left") {
    CHECK(attempt_deadline(at(0ms), at(300ms), 3) == at(100ms));
    CHECK(attempt_deadline(at(100ms), at(300ms), 2) == at(200ms));
    CHECK(attempt_deadline(at(250ms), at(300ms), 1) == at(300ms));
}

TEST_CASE("one acknowledged attempt is enough, and one doubtful attempt leaves doubt") {
    using O = Outcome;
    CHECK(combine(O::unknown, O::ok) == O::ok);
    CHECK(combine(O::unknown, O::failed) == O::unknown);
    CHECK(combine(O::failed, O::unknown) == O::unknown);
    CHECK(combine(O::failed, O::failed) == O::failed);
}
