#include "tests/reporters/approved.hpp"

#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"

using namespace gameday;
using namespace gameday::test;

TEST_CASE("every reporter says of a run exactly what was approved") {
    const std::array<std::pair<std::string, Report>, 4> runs{
        {{"failed", failed_report()},
         {"passed", passed_report()},
         {"inconclusive", inconclusive_report()},
         {"site", site_report()}}};
    for (const auto& [name, report] : runs) {
        for (const auto* kind : reporter_kinds) {
            DYNAMIC_SECTION(name << " by " << kind->name) {
                check_approved(name + "/" + std::string(kind->file), kind->render(report));
            }
        }
    }
}

TEST_CASE("rendering twice gives the same text") {
    for (const auto* kind : reporter_kinds) {
        CHECK(kind->render(failed_report()) == kind->render(failed_report()));
    }
}

TEST_CASE("each reporter goes to a file of its own") {
    CHECK(reporters::text.file == "report.txt");
    CHECK(reporters::json.file == "result.json");
    CHECK(reporters::junit.file == "junit.xml");
    CHECK(reporters::markdown.file == "report.md");
    CHECK(reporters::html.file == "report.html");
}
