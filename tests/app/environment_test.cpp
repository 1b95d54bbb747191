#include "harness/app/environment.hpp"

#include "tests/support/catch.hpp"

#include <filesystem>

namespace environment_test {

using namespace gameday;

namespace {

// The program of these tests is in a build folder as gameday is, three steps below the sources.
const std::string scenarios = GAMEDAY_SOURCE_DIR "/scenarios/";

}  // namespace

TEST_CASE("a bare name stands for a scenario that came with gameday") {
    const auto path = app::scenario_path("region_outage");
    REQUIRE(path.has_value());
    CHECK(std::filesystem::equivalent(*path, scenarios + "region_outage.json"));
    CHECK(*app::scenario_path(scenarios + "region_outage.json") ==
          scenarios + "region_outage.json");
    CHECK(*app::scenario_path("-") == "-");
}

TEST_CASE("a scenario that is not there is told with the nearest that is") {
    CHECK(app::scenario_path("region_outge").error().message ==
          "no such file: region_outge; did you mean region_outage?");
    CHECK(app::scenario_path(scenarios + "region_outge.json").error().message ==
          "no such file: " + scenarios + "region_outge.json; did you mean " + scenarios +
              "region_outage.json?");
    const auto far = app::scenario_path("x").error();
    CHECK(far.code == ErrorCode::invalid);
    CHECK(far.message.starts_with(
        "no such file: x; scenarios that came with gameday: flapping_link, "));
    CHECK(far.message.find("schema") == std::string::npos);
    CHECK(app::scenario_path("/nowhere/x.json").error().message == "no such file: /nowhere/x.json");
}

}  // namespace environment_test
