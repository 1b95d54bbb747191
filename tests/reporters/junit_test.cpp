#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::test;

namespace {

bool holds(const std::string& text, const std::string& word) {
    return text.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("a missed target fails, one of severity warn is only skipped") {
    const auto xml = reporters::junit.render(failed_report());
    // Six targets and the run: rto and lost_acked fail, latency_p99 only warns.
    CHECK(holds(xml, "tests=\"7\" failures=\"2\" errors=\"0\" skipped=\"1\""));
}

TEST_CASE("an inconclusive target is an error, never a pass") {
    CHECK(holds(reporters::junit.render(inconclusive_report()),
                "tests=\"3\" failures=\"0\" errors=\"2\" skipped=\"0\""));
}

TEST_CASE("a run that did not end as it should is red even when all its targets are met") {
    for (const auto verdict : {Verdict::failed, Verdict::inconclusive, Verdict::aborted,
                               Verdict::refused, Verdict::dirty}) {
        Report report = passed_report();
        report.verdict = verdict;
        const auto xml = reporters::junit.render(report);
        INFO(name_of(verdict));
        if (verdict == Verdict::failed) {
            CHECK(holds(xml, "failures=\"1\" errors=\"0\""));
        } else {
            CHECK(holds(xml, "failures=\"0\" errors=\"1\""));
        }
    }
    CHECK(holds(reporters::junit.render(passed_report()),
                "tests=\"6\" failures=\"0\" errors=\"0\" skipped=\"0\""));
}

TEST_CASE("a run refused before any target was judged is still one red case") {
    Report report;
    report.verdict = Verdict::refused;
    CHECK(holds(reporters::junit.render(report), "tests=\"1\" failures=\"0\" errors=\"1\""));
}
