#include "harness/app/doctor.hpp"

#include "harness/json/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <algorithm>

namespace doctor_test {

using namespace gameday;

TEST_CASE("whatever is not ok comes with a remedy, and what is ok has been seen") {
    const auto checkups = app::examine("/nowhere");
    for (const auto& each : checkups) {
        INFO(each.capability);
        CHECK_FALSE(each.seen.empty());
        CHECK((each.state == app::Checkup::State::ok) == each.remedy.empty());
    }
    const auto tree = json::parse(app::checkups_json(checkups));
    REQUIRE(tree);
    CHECK(tree->as<List>()->size() == checkups.size());
}

TEST_CASE("a build without the reference regions is told how to make them") {
    const auto checkups = app::examine("/nowhere");
    const auto regions = std::find_if(
        checkups.begin(), checkups.end(),
        [](const app::Checkup& each) { return each.capability.starts_with("gameday-regions"); });
    REQUIRE(regions != checkups.end());
    CHECK(regions->state == app::Checkup::State::missing);
    CHECK_FALSE(regions->is_extra);
    CHECK(regions->remedy.find("ninja") != std::string::npos);
}

}  // namespace doctor_test
