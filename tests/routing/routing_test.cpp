#include "harness/routing/choice.hpp"
#include "harness/routing/health.hpp"
#include "tests/routing/routed.hpp"
#include "tests/support/catch.hpp"

#include <map>
#include <string>

using namespace gameday;
using namespace gameday::routing;
using namespace gameday::test;
using namespace std::chrono_literals;

TEST_CASE("writes follow the primary when asked to, reads do not") {
    const std::vector<bool> moved{false, false, true, false};
    CHECK(ask({.verb = Verb::write, .to_primary = true, .primary = moved}) == nodes({2}));
    CHECK(ask({.verb = Verb::read, .to_primary = true, .primary = moved}) == nodes({0}));
    CHECK(ask({.verb = Verb::write, .to_primary = true, .primary = {false, false, false, false}})
              .empty());
    CHECK(ask({.verb = Verb::write, .primary = moved}) == nodes({0}));
}

TEST_CASE("healthy nodes of a region take turns") {
    std::map<NodeId, int> seen;
    for (std::uint64_t turn = 0; turn < 10; ++turn) ++seen[ask({.turn = turn}).at(0)];
    CHECK(seen == std::map<NodeId, int>{{NodeId(0), 5}, {NodeId(1), 5}});
}

TEST_CASE("a route of an unknown policy, or one that refuses its parameters, is refused") {
    CHECK(complaint("fail_over", {}) == "policy: \"fail_over\" is no policy");
    CHECK(complaint("failover", {{"order", List{"mars"}}}) ==
          "order/0: \"mars\" is no region of the system; known are a, b, c");
    CHECK(complaint("failover", {}).empty());
}

TEST_CASE("at first everything is healthy, and primary is who was declared so") {
    CHECK(first_view(three_regions()) ==
          View{{true, true, true, true}, {true, false, false, false}});
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
