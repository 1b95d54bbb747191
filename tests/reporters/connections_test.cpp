#include "reporters/common/connections.hpp"

#include "reporters/common/facts.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

#include <vector>

using namespace gameday;
using namespace gameday::reporters;

TEST_CASE("links are told with how their connections ended, by which faults they were met, bytes") {
    const auto rows = link_rows(test::failed_report());
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].link == "clients-us->us-1");
    CHECK(rows[0].connections == "84");
    CHECK(rows[0].to == "822 kB");  // 812,345 + 10,020
    CHECK(rows[0].from == "40.3 MB");
    CHECK(rows[0].ended == "4 open at the end, 60 closed by the client, 20 reset by a fault");
    CHECK(rows[0].faults == "us-east-down 24");
    CHECK(rows[1].ended == "1 reset by the target");
    CHECK(rows[1].faults == "none");
    CHECK(rows[1].from == "0 B");
}

TEST_CASE("what a fault met is told with how it ended, and of a fault that met none nothing is") {
    Report report = test::failed_report();
    CHECK(met_text(report, FaultId(1)) ==
          "24 connections met it: 4 open at the end, 20 reset by a fault");
    CHECK(met_text(report, FaultId(2)).empty());
    CHECK(fault_notes(report) ==
          std::vector<std::string>{"us-east-down: " + met_text(report, FaultId(1))});
    report.connections = {{"a", "limit", {FaultId(1)}, 1, 0, 0}};
    CHECK(met_text(report, FaultId(1)) == "1 connection met it: 1 ended at a fault's limit");
}

TEST_CASE("connections that two faults met are counted once for the link, and with each of both") {
    Report report = test::failed_report();
    report.connections = {{"a", "open", {FaultId(1), FaultId(9)}, 3, 0, 0}};
    const auto rows = link_rows(report);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].connections == "3");
    CHECK(rows[0].faults == "us-east-down 3, fault 9 3");
}

TEST_CASE("a run without links through the proxy shows nothing of them") {
    const Report report = test::passed_report();
    CHECK(link_rows(report).empty());
    CHECK(fault_notes(report).empty());
}
