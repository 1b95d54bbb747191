#include "reporters/common/facts.hpp"

#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <limits>

using namespace gameday;
using namespace gameday::reporters;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("a figure that misses its target by a hair does not look as if it met it") {
    // 3.0004 s has three significant digits "3 s", the same as the target.
    CHECK(figure_text(Interval<double>::point(3.0004), Unit::seconds, 3.0) == "3.0004 s");
    CHECK(figure_text(Interval<double>::point(3.0), Unit::seconds, 3.0) == "3 s");
    CHECK(figure_text(Interval<double>{2.5, 3.0004}, Unit::seconds, 3.0) == "2.5 s – 3.0004 s");
}

TEST_CASE("what was not measured or has no end is said in words") {
    CHECK(figure_text(std::nullopt, Unit::count) == "not measured");
    CHECK(figure_text(Interval<double>{not_a_number, 1}, Unit::seconds) == "not measured");
    CHECK(figure_text(Interval<double>{1, not_a_number}, Unit::share) == "not measured");
    CHECK(figure_text(Interval<double>{-infinity, infinity}, Unit::count) == "not measured");
    CHECK(figure_text(Interval<double>{infinity, infinity}, Unit::seconds) == "unbounded");
    CHECK(figure_text(Interval<double>{10, infinity}, Unit::seconds) == "> 10 s");
    CHECK(figure_text(1e300, Unit::seconds) == "1e+300 s");
}

TEST_CASE("a declared value is shown with all its digits") {
    Report report = test::passed_report();
    report.findings.resize(1);
    auto& target = report.findings[0].target;
    target.value = 3;
    CHECK(target_rows(report)[0].declared == "≤ 3 s");
    target.value = 3.1234567;
    CHECK(target_rows(report)[0].declared == "≤ 3.1234567 s");
    target.comparison = Comparison::at_least;
    target.value = 200;
    CHECK(target_rows(report)[0].declared == "≥ 3 min 20 s");
}

TEST_CASE("a fault that never bit and one that nobody could count are not proven") {
    Report report = test::failed_report();
    CHECK(fault_rows(report)[0].proven);
    report.faults[0].affected = 0;
    CHECK_FALSE(fault_rows(report)[0].proven);
    report.faults[0].affected = -1;
    CHECK_FALSE(fault_rows(report)[0].proven);
}

TEST_CASE("how faults were done is said once, however often they came") {
    Report report = test::failed_report();
    report.connections.clear();
    CHECK(fault_notes(report).empty());
    report.faults[0].name = "slow link";
    report.faults[0].notes = {"by netem: the proxy cannot do this", "mind the gap"};
    report.faults.push_back(report.faults[0]);
    CHECK((fault_notes(report) ==
           std::vector<std::string>{"slow link: by netem: the proxy cannot do this",
                                    "slow link: mind the gap"}));
}

TEST_CASE("a fault whose healing failed is never shown as healed") {
    Report report = test::failed_report();
    CHECK(fault_rows(report)[0].healed);
    report.faults[0].heal_error = "no such process";
    CHECK_FALSE(fault_rows(report)[0].healed);
    CHECK(fault_rows(report)[0].healing == "NOT HEALED: no such process");
}

TEST_CASE("a criterion shared by several metrics is printed once, with their names") {
    const auto groups = measure_groups(test::failed_report());
    REQUIRE(groups[0].measure == "rto");
    REQUIRE(groups[0].definitions.size() == 1);
    CHECK(groups[0].definitions[0].starts_with("RTO, writes; RTO, reads: from t_fault"));
    CHECK(groups[0].rows.size() == 4);
}

TEST_CASE("the key figures are the worst over all clients") {
    Report report = test::failed_report();
    auto better = report.measurements[0];
    better.value = Interval<double>{1, 1.1};
    report.measurements.insert(report.measurements.begin(), better);
    CHECK(key_figures(report)[0].text == "3.38–3.42 s");
}

TEST_CASE("metrics are called as the catalogue calls them, other names are put into words") {
    const Report report = test::failed_report();
    CHECK(metric_title(report, "rto_write") == "RTO, writes");
    CHECK(metric_title(report, "dwell_min") == "dwell min");
}

TEST_CASE("a run at another pace says so in every report") {
    const Report report = test::site_report();
    CHECK(scale_banner(test::failed_report()).empty());
    for (const auto* kind : test::reporter_kinds) {
        INFO(kind->name);
        const auto text = kind->render(report);
        const bool told = text.find(kind->name == "json" ? "\"scaled\": true" : "scaled run") !=
                          std::string::npos;
        CHECK(told);
    }
}

TEST_CASE("every report marks targets that no file declares") {
    for (const auto* kind : test::reporter_kinds) {
        INFO(kind->name);
        const auto text = kind->render(test::site_report());
        const auto* mark = kind->name == "json" ? "\"implied\": true" : "(implied)";
        CHECK(text.find(mark) != std::string::npos);
        CHECK(kind->render(test::failed_report()).find(mark) == std::string::npos);
    }
}

TEST_CASE("the length of a fault is one interval, in the table and in the result") {
    Report report = test::failed_report();
    const auto length = fault_length(report.faults[0]);
    CHECK(length.low == 7.996);
    CHECK(length.high == 8.003);
    CHECK(fault_rows(report)[0].length == figure_text(length, Unit::seconds));
    report.faults[0].healed.reset();
    CHECK(fault_length(report.faults[0]).high == infinity);
}

TEST_CASE("in one region nothing is said of split-brain and flapping unless it was seen") {
    Report report = test::site_report();
    const auto told = [&](std::string_view name) {
        const auto figures = key_figures(report);
        return std::any_of(figures.begin(), figures.end(),
                           [&](const NamedText& each) { return each.name == name; });
    };
    CHECK_FALSE(told("split-brain writes"));
    CHECK_FALSE(told("flaps"));
    for (auto& each : report.measurements) {
        if (each.metric == "flaps") each.value = Interval<double>::point(2);
    }
    CHECK(told("flaps"));
}
