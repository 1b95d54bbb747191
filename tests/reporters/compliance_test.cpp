#include "reporters/compliance/compliance.hpp"

#include "harness/json/json.hpp"
#include "reporters/compliance/cells.hpp"
#include "reporters/json/result.hpp"
#include "tests/reporters/approved.hpp"
#include "tests/reporters/markup.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

using namespace gameday;
using namespace gameday::reporters;
using namespace gameday::test;

namespace {

constexpr std::size_t rto_quantity = 0;

// As the catalogue has them.
ComplianceScope scope_of(std::string today = "", std::vector<std::string> disruptions = {}) {
    ComplianceScope scope{std::move(today), 90, std::move(disruptions)};
    scope.quantities = {{"rto", "RTO", Unit::seconds, {"rto", "rto_read", "rto_write"}, &Tier::rto},
                        {"rpo", "RPO", Unit::seconds, {"rpo"}, &Tier::rpo},
                        {"lost_acked", "Writes lost", Unit::count, {"lost_acked"}},
                        {"split_brain_writes", "Split brain", Unit::count, {"split_brain_writes"}},
                        {"flaps", "Flaps", Unit::count, {"flaps"}}};
    return scope;
}

ComplianceInput input(Report report, const std::string& day, const std::string& number) {
    report.started_at = day + "T03:04:05Z";
    report.run_id = "run-" + number;
    report.evidence_sha256 = std::string(60, 'b') + number;
    return {"runs/run-" + number, result_value(report)};
}

Report latency_report() {
    Report report = passed_report();
    report.scenario.faults[0].fault = "latency";
    report.scenario.service = "orders | <b>";
    report.scenario.tier = "gold";
    return report;
}

std::vector<ComplianceInput> several() {
    return {input(passed_report(), "2026-01-03", "0003"),
            input(failed_report(), "2026-01-02", "0002"),
            input(passed_report(), "2026-01-01", "0001"),
            input(latency_report(), "2025-06-01", "0004"),
            {"runs/broken", Params{{"schema", "something else"}}}};
}

const ComplianceCell& outage_cell(const Compliance& page) {
    REQUIRE_FALSE(page.cells.empty());
    return page.cells.front();
}

bool says(const std::vector<std::string>& lines, const std::string& words) {
    for (const auto& line : lines) {
        if (line.find(words) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("the compliance page says exactly what was approved, in all formats") {
    const auto scope = scope_of("2026-01-31", {"partition", "region_outage"});
    check_approved("compliance/report.html", compliance_html(several(), scope));
    check_approved("compliance/report.md", compliance_markdown(several(), scope));
    check_approved("compliance/report.json", compliance_json(several(), scope));
}

TEST_CASE("the newest run decides, whatever the order of the inputs") {
    auto inputs = several();
    CHECK(outage_cell(compliance_of(inputs, scope_of())).verdict == Verdict::passed);
    std::reverse(inputs.begin(), inputs.end());
    CHECK(outage_cell(compliance_of(inputs, scope_of())).verdict == Verdict::passed);
    inputs.push_back(input(failed_report(), "2026-01-04", "0005"));
    const auto page = compliance_of(inputs, scope_of());
    CHECK(outage_cell(page).verdict == Verdict::failed);
    CHECK(page.verdict == Verdict::failed);
}

TEST_CASE("worst and median are of the upper ends of all runs") {
    const auto page = compliance_of(several(), scope_of());
    const auto& rto = outage_cell(page).figures.at(rto_quantity);
    // Highs of the three runs: 1.52 s, 3.42 s, 1.52 s.
    CHECK(rto.worst == Interval<double>{3.38, 3.42});
    CHECK(rto.median == 1.52);
    CHECK(rto.declared == "≤ 3 s");
    CHECK(rto.measured == 3);
}

TEST_CASE("a bound on the failure probability is claimed only when every run passed") {
    CHECK_FALSE(outage_cell(compliance_of(several(), scope_of())).failure_bound);
    std::vector<ComplianceInput> inputs;
    for (int i = 0; i < 59; ++i) {
        inputs.push_back(input(passed_report(), "2026-01-01", std::to_string(1000 + i)));
    }
    const auto page = compliance_of(inputs, scope_of());
    CHECK(outage_cell(page).passed == 59);
    // 1 − 0.05^(1/59) = 1 − e^(−2.9957/59) = 0.0495, the first n below 5 %.
    CHECK(*outage_cell(page).failure_bound == Approx(0.0495).margin(0.0001));
}

TEST_CASE("the same run given twice counts once") {
    const auto once = input(passed_report(), "2026-01-01", "0001");
    CHECK(compliance_of({once, once}, scope_of()).runs == 1);
}

TEST_CASE("a run outside the objective of its tier is no pass, though its own targets are met") {
    Report report = passed_report();  // tier1: nothing may be lost
    for (auto& seen : report.measurements) {
        if (seen.metric == "rpo") seen.value = Interval<double>{0.1, 0.2};
    }
    const auto page = compliance_of({input(report, "2026-01-01", "0001")}, scope_of());
    CHECK(outage_cell(page).verdict == Verdict::failed);
    CHECK(says(outage_cell(page).notes, "outside the objective of tier1"));
}

TEST_CASE("a passed result whose own targets were not all met is not believed") {
    Report report = failed_report();
    report.verdict = Verdict::passed;
    CHECK(outage_cell(compliance_of({input(report, "2026-01-01", "0001")}, scope_of())).verdict !=
          Verdict::passed);
}

TEST_CASE("one fault left unmeasured makes the worst of a run unknown") {
    Report report = passed_report();
    auto second = report.measurements[0];
    second.fault = "another";
    second.value.reset();
    report.measurements.push_back(second);
    const auto page = compliance_of({input(report, "2026-01-01", "0001")}, scope_of());
    CHECK_FALSE(outage_cell(page).figures.at(rto_quantity).worst);
    CHECK(outage_cell(page).tier_grade == Grade::inconclusive);
}

TEST_CASE("an RTO that never ended is unbounded, not zero") {
    const auto page =
        compliance_of({input(inconclusive_report(), "2026-01-01", "0001")}, scope_of());
    CHECK(std::isinf(outage_cell(page).figures.at(rto_quantity).worst->high));
}

TEST_CASE("old runs are stale, and a stale pass is not counted") {
    const std::vector<ComplianceInput> inputs{input(passed_report(), "2026-01-01", "0001")};
    CHECK(compliance_of(inputs, scope_of("2026-04-01")).passed == 1);  // 90 days later
    const auto page = compliance_of(inputs, scope_of("2026-04-02"));
    CHECK(page.passed == 0);
    CHECK(page.verdict != Verdict::passed);
    CHECK(says(page.not_tested, "stale: key-value store, tier1, region_outage"));
    const auto undated = compliance_of({input(passed_report(), "soon", "0001")}, scope_of());
    CHECK(outage_cell(undated).stale);
}

TEST_CASE("what nobody tested is named") {
    const auto page = compliance_of(several(), scope_of("2026-01-31", {"partition"}));
    CHECK(says(page.not_tested, "no run: key-value store, tier1, partition"));
    CHECK(says(page.not_tested, "no run: key-value store, tier1, latency"));
    CHECK(says(page.not_tested, "no run of any service of tier4"));
    CHECK_FALSE(says(page.not_tested, "no run of any service of tier1"));
    CHECK(says(page.not_tested, "loss of two regions at once"));
    CHECK(page.unreadable == std::vector<std::string>{"runs/broken"});
    CHECK(page.verdict != Verdict::passed);
}

TEST_CASE("a trend is claimed only beyond the error bounds") {
    const auto page = compliance_of(several(), scope_of());
    CHECK(outage_cell(page).trend ==
          "failed → passed; RTO better: 3.38–3.42 s → 1.49–1.52 s; RPO better: 186–190 ms → 0 s; "
          "Writes lost better: 3 → 0");
    const auto same = compliance_of({input(passed_report(), "2026-01-01", "0001"),
                                     input(passed_report(), "2026-01-02", "0002")},
                                    scope_of());
    CHECK(outage_cell(same).trend == "passed again");
}

TEST_CASE("no run at all is no pass, and hostile runs break no format") {
    CHECK(compliance_of({}, scope_of()).verdict == Verdict::inconclusive);
    std::vector<ComplianceInput> inputs{input(hostile_report(), "2026-01-01", "0001"),
                                        {"<script>\x01", Value()},
                                        {"list", List{}},
                                        {"", Params{{"schema", "gameday-result/1"}}}};
    CHECK(compliance_of(inputs, scope_of()).unreadable.size() == 3);
    for (const auto& given : {inputs, std::vector<ComplianceInput>{}}) {
        CHECK(markup_fault(compliance_html(given, scope_of())) == "");
        CHECK(json::parse(compliance_json(given, scope_of())).has_value());
        CHECK(compliance_markdown(given, scope_of()).find("<script") == std::string::npos);
    }
}
