// Against the rules of two strict readers, by xmllint; see schemas/README.md.
#include "reporters/junit/junit.hpp"
#include "tests/reporters/kinds.hpp"
#include "tests/reporters/sample.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace gameday;
using namespace gameday::test;

namespace {

std::string lacking() {
    return std::system("xmllint --version >/dev/null 2>&1") == 0
               ? ""
               : "xmllint is missing (Debian: libxml2-utils)";
}

// What xmllint says of the file against schemas/<name>.xsd; "" when it is valid.
std::string fault(const std::string& xml, const std::string& name) {
    const auto file = std::filesystem::temp_directory_path() /
                      ("gameday-junit-" + std::to_string(getpid()) + ".xml");
    std::ofstream(file, std::ios::binary) << xml;
    const std::string schema = std::string(GAMEDAY_TEST_DIR) + "/schemas/" + name + ".xsd";
    const std::string command =
        "xmllint --nonet --noout --schema '" + schema + "' '" + file.string() + "' 2>&1";
    std::string said;
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char part[4096];
    while (std::fgets(part, sizeof part, pipe) != nullptr) said += part;
    const int status = pclose(pipe);
    std::filesystem::remove(file);
    return status == 0 ? "" : said;
}

std::string without(std::string text, const std::string& word, const std::string& instead = "") {
    const auto at = text.find(word);
    REQUIRE(at != std::string::npos);
    return text.replace(at, word.size(), instead);
}

}  // namespace

TEST_CASE("every junit.xml is valid for Jenkins' xUnit plugin and for Ant") {
    if (is_skipped(lacking())) return;
    std::vector<std::string> files;
    for (const auto& sample : {failed_report(), passed_report(), inconclusive_report(),
                               site_report(), hostile_report(), Report()}) {
        for (const auto verdict : {Verdict::passed, Verdict::failed, Verdict::inconclusive,
                                   Verdict::aborted, Verdict::refused, Verdict::dirty}) {
            Report report = sample;
            report.verdict = verdict;
            files.push_back(reporters::junit.render(report));
        }
    }
    for (const char* moment : {"2026-02-30T00:00:00Z", "2026-01-02T25:00:00Z",
                               "0000-01-01T00:00:00Z", "2026-01-02 03:04:05Z", "soon"}) {
        files.push_back(reporters::junit_of({"x", moment, 4, {"<refused> & \x01 told"}}));
    }
    for (const auto& file : files) {
        CHECK(fault(file, "xunit") == "");
        CHECK(fault(file, "ant") == "");
    }
}

TEST_CASE("the schemas refuse what their readers refuse") {
    if (is_skipped(lacking())) return;
    const auto good = reporters::junit.render(failed_report());
    for (const char* part : {" package=\"gameday\"", " id=\"0\"", " hostname=\"localhost\"",
                             " timestamp=\"2026-01-02T03:04:05\"", " type=\"missed\""}) {
        INFO(part);
        CHECK(fault(without(good, part), "ant") != "");
    }
    CHECK(fault(without(good, "03:04:05\"", "03:04:05Z\""), "ant") != "");
    CHECK(fault(without(good, "<testsuites>", "<testsuites tests=\"7\">"), "ant") != "");
    CHECK(fault(without(good, "<testsuites>", "<testsuites skipped=\"1\">"), "xunit") != "");
    CHECK(fault(without(good, "</failure>", "</failure><skipped/>"), "ant") != "");
    CHECK(fault(without(good, "<failure", "<properties/><failure"), "xunit") != "");
    CHECK(fault(without(good, " name=\"rto\"", " name=\"rto\" status=\"run\""), "xunit") != "");
    CHECK(fault(without(good, "time=\"21.000\"", "time=\"-1\""), "xunit") != "");
}
