#include "harness/model/tiers.hpp"

#include "tests/support/catch.hpp"

using namespace gameday;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("the four tiers have the objectives that their names promise") {
    REQUIRE(all_tiers().size() == 4);
    CHECK(find_tier("tier1")->rto == minutes(15));
    CHECK(find_tier("tier1")->rpo == Duration::zero());
    CHECK(find_tier("tier2")->rto == hours(1));
    CHECK(find_tier("tier2")->rpo == minutes(15));
    CHECK(find_tier("tier3")->rto == hours(4));
    CHECK(find_tier("tier3")->rpo == hours(1));
    CHECK(find_tier("tier4")->rto == hours(24));
    CHECK(find_tier("tier4")->rpo == hours(24));
}

TEST_CASE("a tier that does not exist is not found, not even by another spelling") {
    CHECK(find_tier("tier5") == nullptr);
    CHECK(find_tier("Tier1") == nullptr);
    CHECK(find_tier("") == nullptr);
}

TEST_CASE("every tier allows strictly more than the one before") {
    const auto tiers = all_tiers();
    for (std::size_t i = 1; i < tiers.size(); ++i) {
        CHECK(tiers[i].rto > tiers[i - 1].rto);
        CHECK(tiers[i].rpo > tiers[i - 1].rpo);
    }
}
