#include "reporters/text/text.hpp"

#include "tests/support/catch.hpp"

using namespace gameday;

TEST_CASE("the summary says verdict, headline, reasons, targets and warnings, and no more") {
    Report report;
    report.scenario.name = "region-outage";
    report.verdict = Verdict::failed;
    report.headline = "us-east died for 8 s: 12 acknowledged writes lost";
    report.reasons = {"lost_acked is 12, at most 0"};
    report.warnings = {"one operation every 3 ms"};
    report.not_tested = {"latency"};
    const auto text = reporters::summary(report);
    for (const char* part :
         {"region-outage", "\n  FAILED\n", "12 acknowledged writes lost",
          "lost_acked is 12, at most 0", "Targets", "one operation every 3 ms"}) {
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(text.find("Not tested") == std::string::npos);
    CHECK(text.find("SHA-256") == std::string::npos);
}
