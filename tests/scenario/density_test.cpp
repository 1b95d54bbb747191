#include "harness/scenario/density.hpp"

#include "tests/support/catch.hpp"

namespace gameday::scenario {

using namespace std::chrono_literals;

TEST_CASE("a stream is too thin when its steady window has less than a window of the level") {
    Scenario scenario;
    LoadSpec load;
    load.name = "orders";
    load.rate_per_s = 200;
    load.writes = 0.25;
    load.regions = {"east", "west"};
    load.shares = {0.8, 0.2};
    scenario.loads = {load};
    scenario.steady.window = 3s;
    // Writes of the west: 200 · 0.2 · 0.25 · 3 = 30; of the east 120; reads of the west 90.
    const auto lines = thin_streams(scenario);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("orders: reads of west are too thin") == 0);
    CHECK(lines[1].find("orders: writes of west are too thin") == 0);
    CHECK(lines[1].find("30 are due in the steady window, it needs 100") != std::string::npos);
    CHECK(lines[1].find("\"rate_per_s\" 674 at least") != std::string::npos);
    scenario.minimum.success = 0.95;
    CHECK(thin_streams(scenario).empty());
    scenario.loads[0].writes = 0;  // a stream without operations is none
    scenario.minimum.success = 0.99;
    CHECK(thin_streams(scenario).empty());
}

}  // namespace gameday::scenario
