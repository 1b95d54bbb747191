#include "harness/app/catalog.hpp"

#include "harness/app/listing.hpp"
#include "harness/json/json.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/client_behaviour.hpp"
#include "harness/ports/device.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/ports/route_policy.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <set>
#include <string>

namespace catalog_test {

using namespace gameday;

namespace {

template <class Kind>
void check_names(const std::vector<const Kind*>& kinds) {
    std::set<std::string_view> names;
    for (const Kind* kind : kinds) {
        INFO(kind->name);
        CHECK(names.insert(kind->name).second);
        CHECK_FALSE(kind->meaning.empty());
        CHECK(find_kind(kinds, kind->name) == kind);
    }
    CHECK_FALSE(kinds.empty());
    CHECK(find_kind(kinds, "no such kind") == nullptr);
}

}  // namespace

TEST_CASE("every kind in the catalogue has a name of its own and says what it means") {
    const Catalog& all = app::catalog();
    check_names(all.faults);
    check_names(all.drivers);
    check_names(all.devices);
    check_names(all.measures);
    check_names(all.reporters);
    check_names(all.policies);
    check_names(all.clients);
}

TEST_CASE("no two measures give the same metric") {
    std::set<std::string_view> metrics;
    for (const Measure* measure : app::catalog().measures) {
        for (const auto& metric : measure->metrics) {
            INFO(metric.name);
            CHECK(metrics.insert(metric.name).second);
        }
    }
    for (const char* promised : {"rto", "rto_read", "rto_write", "rpo", "lost_acked", "flaps",
                                 "split_brain_writes", "outage_time", "availability"}) {
        CHECK(metrics.contains(promised));
    }
}

TEST_CASE("the listing names every kind, as text and as JSON") {
    const Catalog& all = app::catalog();
    const auto text = app::listing_text(all, "");
    for (const FaultKind* kind : all.faults) {
        INFO(kind->name);
        CHECK(text.find(kind->name) != std::string::npos);
        for (const auto& param : kind->params) CHECK(text.find(param.name) != std::string::npos);
    }
    const auto policies = app::listing_text(all, "policies");
    CHECK(policies.find("  weighted ") != std::string::npos);
    CHECK(policies.find("    weights                numbers ") != std::string::npos);
    CHECK(app::listing_text(all, "clients").find("  resolve_once ") != std::string::npos);
    const auto tree = json::parse(app::listing_json(all, "faults"));
    REQUIRE(tree);
    REQUIRE(tree->find("faults") != nullptr);
    CHECK(tree->find("faults")->as<List>()->size() == all.faults.size());
    CHECK(tree->find("measures") == nullptr);
}

}  // namespace catalog_test
