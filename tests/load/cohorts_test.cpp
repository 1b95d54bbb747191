// Cohorts: clients of one load that behave differently, from the plan to the operations.
#include "harness/load/plan.hpp"
#include "harness/load/stream_book.hpp"
#include "tests/load/play.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace cohorts_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;

namespace {

// Keeps its node until an operation there fails.
ClientAnswer stay(const ClientQuestion& question) {
    if (question.before.node.known() && !question.before.failed) {
        return {{question.before.node}, question.before};
    }
    auto nodes = question.route(question.asked);
    const ClientHold held{nodes.empty() ? NodeId() : nodes.front(), question.now};
    return {std::move(nodes), held};
}

const ClientBehaviourKind pinned{
    "pinned",
    "keeps its node until an operation there fails",
    {},
    [](const Params&) -> Result<ClientBehaviour> { return ClientBehaviour(stay); }};

Catalog both_behaviours() {
    Catalog catalog = http_catalog();
    catalog.clients.push_back(&pinned);
    return catalog;
}

Scenario two_cohorts(const std::vector<FaultServer*>& servers) {
    auto scenario = scenario_of(servers, 300);
    scenario.loads[0].cohorts = {{"resolve_once", {}}, {"pinned", {}}};
    scenario.loads[0].clients_per_region = 2;
    return scenario;
}

// Where the operations of a cohort went that were due in [from, to) since the first.
std::set<NodeId> used_by(const Played& played, std::uint16_t cohort, Duration from, Duration to) {
    std::set<NodeId> nodes;
    for (const auto& each : played.operations) {
        const Duration since = each.scheduled - played.operations.front().scheduled;
        if (since < from || since >= to) continue;
        if (played.clients[each.client.index()].cohort == cohort) nodes.insert(each.node);
    }
    return nodes;
}

}  // namespace

TEST_CASE("clients of a region belong to the cohorts of their load in turn") {
    FaultServer first("n0");
    FaultServer second("n1");
    const auto plan = load::plan_loads(two_cohorts({&first, &second}), both_behaviours());
    REQUIRE(plan.has_value());
    CHECK(plan->clients == std::vector<ClientInfo>{{RegionId(0), 0, 0, "resolve_once"},
                                                   {RegionId(0), 0, 1, "pinned"},
                                                   {RegionId(1), 0, 0, "resolve_once"},
                                                   {RegionId(1), 0, 1, "pinned"}});
    CHECK(plan->loads[0].cohorts.size() == 2);
}

TEST_CASE("operations are counted by stream, and each cohort has streams of its own") {
    FaultServer first("n0");
    FaultServer second("n1");
    const auto plan = load::plan_loads(two_cohorts({&first, &second}), both_behaviours());
    REQUIRE(plan.has_value());
    load::StreamBook book(*plan, 100ms);
    book.begin(at(0s));
    Operation operation;
    operation.scheduled = at(10ms);
    operation.client = ClientId(3);  // pinned, in the second region
    operation.verb = Verb::write;
    book.count_due(0, 1, operation);
    book.count_done(0, 1, operation, true);
    const auto streams = load::streams_of(*plan);
    REQUIRE(streams.size() == 8);
    std::vector<load::StreamTally> sums(streams.size());
    book.add_to(sums, {at(0s), at(100ms)});
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const bool its_own = streams[i].region == RegionId(1) && streams[i].cohort == 1 &&
                             streams[i].verb == Verb::write;
        CHECK(sums[i].due == (its_own ? 1 : 0));
        CHECK(sums[i].good == (its_own ? 1 : 0));
    }
}

TEST_CASE("a behaviour is asked with what the client held before, and told when that failed") {
    FaultServer first("n0");
    FaultServer second("n1", false);
    auto scenario = two_cohorts({&first, &second});
    auto& route = scenario.loads[0].route;
    route.check_path = "/status";
    route.check_interval = 30ms;
    route.check_timeout = 1s;
    route.check_expect = {{"equals", Params{{"/role", "primary"}}}};
    // The first node serves all the time until it refuses, but its checks say that it is out.
    const auto played = play(scenario, 2000ms,
                             {{300ms,
                               [&] {
                                   first.set_primary(false);
                                   second.set_primary(true);
                               }},
                              {1200ms, [&] { first.set_mood(Mood::refuse); }}},
                             Duration(-1), 2, both_behaviours());
    const std::set<NodeId> at_first{NodeId(0)};
    const std::set<NodeId> at_second{NodeId(1)};
    CHECK(used_by(played, 0, 0ms, 200ms) == at_first);
    CHECK(used_by(played, 1, 0ms, 200ms) == at_first);
    CHECK(used_by(played, 0, 900ms, 1100ms) == at_second);
    CHECK(used_by(played, 1, 900ms, 1100ms) == at_first);
    CHECK(used_by(played, 1, 1800ms, 2000ms) == at_second);
}

}  // namespace cohorts_test
