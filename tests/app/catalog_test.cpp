#include "harness/app/catalog.hpp"

#include "harness/app/listing.hpp"
#include "harness/json/json.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/client_behaviour.hpp"
#include "harness/ports/device.hpp"
#include "harness/ports/fault_kind.hpp"
#include "harness/ports/measure.hpp"
#include "harness/ports/probe_kind.hpp"
#include "harness/ports/reporter.hpp"
#include "harness/ports/route_policy.hpp"
#include "reporters/compliance/compliance.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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
    check_names(all.probes);
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

TEST_CASE("a metric named after one kind of operation is about these alone") {
    for (const Measure* measure : app::catalog().measures) {
        for (const auto& metric : measure->metrics) {
            CAPTURE(std::string(metric.name));
            std::optional<Verb> wanted;
            if (metric.name.ends_with("_read")) wanted = Verb::read;
            if (metric.name.ends_with("_write")) wanted = Verb::write;
            CHECK(metric.traits.verb == wanted);
        }
    }
}

TEST_CASE("the metrics that count most stand in the order of the questions people ask") {
    const auto names = [](std::uint8_t MetricPlaces::*list) {
        std::vector<std::string_view> found;
        for (const auto* metric : metrics_in_order(app::catalog(), list)) {
            found.push_back(metric->name);
        }
        return found;
    };
    using Names = std::vector<std::string_view>;
    CHECK(names(&MetricPlaces::key_figure) == Names{"rto_write", "rto_read", "rpo", "lost_acked",
                                                    "split_brain_writes", "flaps", "availability"});
    CHECK(names(&MetricPlaces::headline) == Names{"outage_time_write", "outage_time_read",
                                                  "lost_acked", "split_brain_writes", "conflicts",
                                                  "flaps"});
    CHECK(names(&MetricPlaces::objective) == Names{"rto", "rto_read", "rto_write", "rpo",
                                                   "lost_acked", "split_brain_writes", "flaps"});
    CHECK(names(&MetricPlaces::loss_warning) == Names{"lost_acked", "failback_lost"});
}

TEST_CASE("the columns of the compliance page are the objectives of the catalogue") {
    const auto quantities = reporters::quantities_of(app::catalog());
    REQUIRE(quantities.size() == 5);
    CHECK(quantities[0].name == "rto");
    CHECK(quantities[0].title == "RTO");
    CHECK(quantities[0].metrics == std::vector<std::string>{"rto", "rto_read", "rto_write"});
    CHECK((quantities[0].tier_bound == &Tier::rto));
    CHECK((quantities[1].tier_bound == &Tier::rpo));
    CHECK((quantities[2].tier_bound == nullptr));
    CHECK(quantities[4].title == "Flaps");
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

TEST_CASE("a probe lists its own parameters, and those of every driver that it may ask") {
    const Catalog& all = app::catalog();
    const auto text = app::listing_text(all, "probes");
    for (const ProbeKind* kind : all.probes) {
        INFO(kind->name);
        CHECK(text.find(kind->name) != std::string::npos);
        for (const auto& param : kind->params) CHECK(text.find(param.name) != std::string::npos);
    }
    for (const DriverKind* driver : all.drivers) {
        INFO(driver->name);
        for (const auto& param : driver->role_params) {
            CHECK(text.find(param.meaning) != std::string::npos);
        }
        CHECK(text.find("(driver " + std::string(driver->name) + ")") != std::string::npos);
    }
}

}  // namespace catalog_test
