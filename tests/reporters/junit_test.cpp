#include "reporters/junit/junit.hpp"

#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::test;

namespace {

bool holds(const std::string& text, const std::string& word) {
    return text.find(word) != std::string::npos;
}

// Test cases without an outcome of their own: what CI shows as green.
std::size_t green_cases(const std::string& xml) {
    std::size_t count = 0;
    const std::string begin = "<testcase ";
    for (auto at = xml.find(begin); at != std::string::npos; at = xml.find(begin, at + 1)) {
        const auto end = xml.find('>', at);
        if (xml[end - 1] == '/') ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("a missed target fails, one of severity warn is only skipped") {
    const auto xml = reporters::junit.render(failed_report());
    // Six targets and the run: rto and lost_acked fail, latency_p99 only warns.
    CHECK(holds(xml, "tests=\"7\" failures=\"2\" errors=\"0\" skipped=\"1\""));
    CHECK(green_cases(xml) == 4);
}

TEST_CASE("an inconclusive target is an error, never a pass") {
    const auto xml = reporters::junit.render(inconclusive_report());
    CHECK(holds(xml, "tests=\"3\" failures=\"0\" errors=\"3\" skipped=\"0\""));
    CHECK(green_cases(xml) == 0);
}

TEST_CASE("a run that did not end as it should is red even when all its targets are met") {
    for (const auto verdict : {Verdict::failed, Verdict::inconclusive, Verdict::aborted,
                               Verdict::refused, Verdict::dirty}) {
        Report report = passed_report();
        report.verdict = verdict;
        const auto xml = reporters::junit.render(report);
        INFO(name_of(verdict));
        CHECK(holds(xml, verdict == Verdict::failed ? "failures=\"1\" errors=\"0\""
                                                    : "failures=\"0\" errors=\"1\""));
    }
    const auto passed = reporters::junit.render(passed_report());
    CHECK(holds(passed, "tests=\"6\" failures=\"0\" errors=\"0\" skipped=\"0\""));
    CHECK(green_cases(passed) == 6);
}

TEST_CASE("no case is green in a run that was aborted, refused or left dirty") {
    for (const auto verdict : {Verdict::aborted, Verdict::refused, Verdict::dirty}) {
        for (Report report : {passed_report(), failed_report(), site_report()}) {
            report.verdict = verdict;
            INFO(name_of(verdict));
            CHECK(green_cases(reporters::junit.render(report)) == 0);
        }
    }
}

TEST_CASE("where the run itself proves nothing, a target that was met is not green") {
    Report report = passed_report();
    report.verdict = Verdict::inconclusive;
    report.reasons = {"us-east-down did not bite"};
    const auto xml = reporters::junit.render(report);
    CHECK(green_cases(xml) == 0);
    CHECK(holds(xml, "errors=\"1\" skipped=\"5\""));
    CHECK(holds(xml, "met: observed 1.49–1.52 s, declared ≤ 3 s, but the run is inconclusive"));
}

TEST_CASE("a target that only another target's doubt stands beside stays green") {
    Report report = passed_report();
    report.findings[0].grade = Grade::inconclusive;
    report.findings[0].reason = "the RTO is too near to tell";
    report.verdict = Verdict::inconclusive;
    report.reasons = {report.findings[0].reason};
    const auto xml = reporters::junit.render(report);
    CHECK(holds(xml, "tests=\"6\" failures=\"0\" errors=\"1\" skipped=\"0\""));
}

TEST_CASE("a run refused before any target was judged is still one red case") {
    Report report;
    report.verdict = Verdict::refused;
    CHECK(holds(reporters::junit.render(report), "tests=\"1\" failures=\"0\" errors=\"1\""));
}

TEST_CASE("an implied target is a case that is named so") {
    const auto xml = reporters::junit.render(site_report());
    CHECK(holds(xml, "name=\"ridden_out (implied)\""));
    CHECK(holds(xml, "failures=\"1\""));
}

TEST_CASE("what never became a run is one error with all that was said") {
    const auto xml = reporters::junit_of({"staging", "2026-01-02T03:04:05Z", 64, {"a < b", "c"}});
    CHECK(holds(xml, "name=\"gameday.staging\""));
    CHECK(holds(xml, "timestamp=\"2026-01-02T03:04:05\" tests=\"1\" failures=\"0\" errors=\"1\""));
    CHECK(holds(xml, "exit code 64\">a &lt; b; c</error>"));
}
