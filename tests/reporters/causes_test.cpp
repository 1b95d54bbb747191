#include "reporters/common/causes.hpp"
#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::reporters;

TEST_CASE("why operations were not good is told in words, the most frequent first") {
    Report report = test::failed_report();
    const auto rows = cause_rows(report);
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].count == "210");
    CHECK(rows[0].verb == "reads");
    CHECK(rows[0].why == "connection refused");
    CHECK(rows[1].why == "no answer in time");
    CHECK(rows[2].why == "server error: HTTP 503");
    CHECK(rows[2].load == "load");
    CHECK(rows[2].first == "+3.00 s");  // 8.004 s after the beginning, 5 s after which is time zero
    CHECK(rows[2].sample == "no leader\nelection is under way");
    report.causes = {{0, Verb::read, Cause::none, "later than 500 ms", 1, {}, ""}};
    CHECK(cause_rows(report)[0].why == "answered late: later than 500 ms");
}

TEST_CASE("every reporter tells why operations were not good, and shows an answer") {
    const Report report = test::failed_report();
    for (const auto* kind : {&text, &json, &junit, &markdown, &html}) {
        const std::string rendered = kind->render(report);
        INFO(kind->name);
        CHECK(rendered.find("HTTP 503") != std::string::npos);
        CHECK(rendered.find("no leader") != std::string::npos);
    }
    for (const auto* kind : {&text, &junit, &markdown, &html}) {
        CHECK(kind->render(report).find(causes_title) != std::string::npos);
        CHECK(kind->render(test::passed_report()).find(causes_title) == std::string::npos);
    }
}
