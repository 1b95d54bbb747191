// Each policy: the nodes that it names, and the parameters that it refuses.
#include "harness/base/random.hpp"
#include "tests/routing/routed.hpp"
#include "tests/support/catch.hpp"

#include <cmath>
#include <map>

namespace policies_test {

using namespace gameday;
using namespace gameday::test;

TEST_CASE("each policy picks what its definition says") {
    const std::vector<bool> a_out{false, false, true, true};
    const std::vector<bool> all_out{false, false, false, false};
    const Params c_first{{"order", List{"c"}}};
    CHECK(ask({.policy = "failover"}) == nodes({0}));
    CHECK(ask({.policy = "failover", .home = 2}) == nodes({0}));
    CHECK(ask({.policy = "failover", .params = c_first}) == nodes({3}));
    CHECK(ask({.policy = "failover", .healthy = {false, true, true, true}}) == nodes({1}));
    CHECK(ask({.policy = "failover", .healthy = a_out}) == nodes({2}));
    CHECK(ask({.policy = "failover", .healthy = all_out}).empty());
    CHECK(ask({.policy = "direct", .home = 1}) == nodes({2}));
    CHECK(ask({.policy = "direct", .healthy = all_out, .home = 1}) == nodes({2}));
    CHECK(ask({.policy = "direct", .healthy = all_out, .turn = 1}) == nodes({1}));
    CHECK(ask({.policy = "retry_elsewhere", .home = 1}) == nodes({2, 0, 3}));
    CHECK(ask({.policy = "retry_elsewhere", .params = c_first, .home = 1}) == nodes({2, 3, 0}));
    CHECK(ask({.policy = "retry_elsewhere", .healthy = a_out, .home = 0}) == nodes({2, 3}));
    CHECK(ask({.policy = "retry_elsewhere", .healthy = all_out}).empty());
    CHECK(ask({.policy = "weighted", .healthy = all_out}).empty());
    CHECK(ask({.policy = "weighted", .draw = 0}) == nodes({0}));
    CHECK(ask({.policy = "weighted"}) == nodes({2}));  // 0.5 of three equal weights
    CHECK(ask({.policy = "weighted", .draw = 0.99}) == nodes({3}));
}

TEST_CASE("weights whose sum is beyond a double are shares all the same") {
    const Params huge{{"weights", Params{{"a", 1e308}, {"b", 1e308}, {"c", 1e308}}}};
    CHECK(ask({.policy = "weighted", .params = huge, .draw = 0.1}) == nodes({0}));
    CHECK(ask({.policy = "weighted", .params = huge, .draw = 0.9}) == nodes({3}));
}

TEST_CASE("weights hold among the healthy regions") {
    const Params weights{{"weights", Params{{"a", 2}, {"b", 1}, {"c", 1}}}};
    Random random(9, "w");
    const auto shares = [&](const std::vector<bool>& healthy) {
        const Topology topology = three_regions();
        std::map<std::uint16_t, double> seen;
        for (int i = 0; i < 20000; ++i) {
            const auto chosen = ask({.policy = "weighted",
                                     .params = weights,
                                     .healthy = healthy,
                                     .draw = random.unit()});
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

TEST_CASE("a policy refuses an order of unknown regions and weights that pick nothing") {
    for (const char* policy : {"failover", "retry_elsewhere"}) {
        CHECK(complaint(policy, {{"order", List{"c", "a"}}}).empty());
        CHECK(complaint(policy, {{"order", List{"a", "mars"}}}) ==
              "order/1: \"mars\" is no region of the system; known are a, b, c");
        CHECK(complaint(policy, {{"order", List{"a", "a"}}}) ==
              "order/1: \"a\" stands twice, remove one");
    }
    const auto weights = [](const Params& by_region) {
        return complaint("weighted", {{"weights", by_region}});
    };
    CHECK(weights({{"a", 1}, {"b", 0}, {"c", 0.5}}).empty());
    CHECK(weights({{"a", 0}, {"b", 0}, {"c", 0}}) ==
          "weights: no region has a weight, write more than 0 for at least one");
    CHECK(weights({{"a", 1}, {"b", -1}, {"c", 1}}) ==
          "weights/b: -1 is no weight, write 0 or more");
    CHECK(weights({{"a", 1}, {"b", -2}, {"c", 0}}) ==
          "weights/b: -2 is no weight, write 0 or more");  // a has one
    CHECK(weights({{"a", 1}}) ==
          "weights: \"b\" has no weight, write one for each region, 0 for none\n"
          "weights: \"c\" has no weight, write one for each region, 0 for none");
    CHECK(weights({{"a", 1}, {"b", 1}, {"c", 1}, {"mars", 1}}) ==
          "weights/mars: \"mars\" is no region of the system; known are a, b, c");
}

TEST_CASE("a direct route keeps an order that has no effect, so that one word changes the policy") {
    CHECK(complaint("direct", {{"order", List{"a"}}}).empty());
    CHECK_FALSE(complaint("direct", {{"order", List{"mars"}}}).empty());
}

TEST_CASE("a policy refuses the parameters of others") {
    CHECK_FALSE(complaint("direct", {{"weights", Params{{"a", 1}}}}).empty());
    CHECK_FALSE(complaint("failover", {{"weights", Params{{"a", 1}}}}).empty());
    CHECK_FALSE(complaint("weighted", {{"order", List{"a"}}}).empty());
}

}  // namespace policies_test
