// JUnit XML: one test case for each target, so that any CI system shows which one was missed.
#include "harness/ports/reporter.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::reporters {

namespace {

enum class Ending { passed, failure, error, skipped };

struct Case {
    std::string name;
    Ending ending = Ending::passed;
    std::string message, text;
    std::vector<NamedText> properties;
};

// A missed or inconclusive target of severity warn never turns a build red: it is "skipped", which
// CI systems show and do not count.
Ending ending_of(const TargetRow& row) {
    if (row.grade == Grade::met) return Ending::passed;
    if (row.warn_only) return Ending::skipped;
    return row.grade == Grade::missed ? Ending::failure : Ending::error;
}

Case case_of(const TargetRow& row) {
    Case made;
    made.name = row.id;
    made.ending = ending_of(row);
    made.message =
        fmt::format("{}: observed {}, declared {}", name_of(row.grade), row.observed, row.declared);
    made.text = row.reason;
    made.properties = {{"declared", row.declared},
                       {"observed", row.observed},
                       {"grade", std::string(name_of(row.grade))},
                       {"severity", row.warn_only ? "warn" : "fail"}};
    if (!row.where.empty()) made.properties.push_back({"where", row.where});
    return made;
}

// The run itself. Without it a run that was refused before any target, or whose fault never bit,
// would be a suite without a failure, and CI would call that green.
Case run_case(const Report& report, const std::vector<Case>& cases) {
    Case made;
    made.name = "run";
    const auto any = [&](Ending ending) {
        return std::any_of(cases.begin(), cases.end(),
                           [&](const Case& each) { return each.ending == ending; });
    };
    switch (report.verdict) {
        case Verdict::passed: break;
        case Verdict::failed:
            if (!any(Ending::failure)) made.ending = Ending::failure;
            break;
        case Verdict::inconclusive:
            if (!any(Ending::error)) made.ending = Ending::error;
            break;
        case Verdict::aborted:
        case Verdict::refused:
        case Verdict::dirty: made.ending = Ending::error; break;
    }
    made.message = fmt::format("{}: {}", name_of(report.verdict), meaning_of(report.verdict));
    for (const auto& reason : report.reasons) {
        made.text += (made.text.empty() ? "" : "; ") + reason;
    }
    return made;
}

std::string_view element_of(Ending ending) {
    switch (ending) {
        case Ending::passed: return "";
        case Ending::failure: return "failure";
        case Ending::error: return "error";
        case Ending::skipped: return "skipped";
    }
    return {};
}

std::string properties(const std::vector<NamedText>& named, std::string_view indent) {
    std::string out = fmt::format("{}<properties>\n", indent);
    for (const auto& each : named) {
        out += fmt::format("{}  <property name=\"{}\" value=\"{}\"/>\n", indent, xml(each.name),
                           xml(each.text));
    }
    return out + fmt::format("{}</properties>\n", indent);
}

std::string render_case(const Case& each, std::string_view suite) {
    std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n",
                                  xml(suite), xml(each.name));
    if (!each.properties.empty()) out += properties(each.properties, "      ");
    if (each.ending != Ending::passed) {
        out += fmt::format("      <{0} message=\"{1}\">{2}</{0}>\n", element_of(each.ending),
                           xml(each.message), xml(each.text));
    }
    return out + "    </testcase>\n";
}

std::string render_junit(const Report& report) {
    std::vector<Case> cases;
    for (const auto& row : target_rows(report)) cases.push_back(case_of(row));
    cases.push_back(run_case(report, cases));
    const auto count = [&](Ending ending) {
        return std::count_if(cases.begin(), cases.end(),
                             [&](const Case& each) { return each.ending == ending; });
    };
    const std::string suite = "gameday." + report.scenario.name;
    const auto counts = fmt::format(
        "name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
        xml(suite), cases.size(), count(Ending::failure), count(Ending::error),
        count(Ending::skipped), seconds(report.active.high - report.steady.low));
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += fmt::format("<testsuites {}>\n", counts);
    out += fmt::format("  <testsuite {} timestamp=\"{}\">\n", counts, xml(report.started_at));
    auto facts = run_facts(report);
    facts.insert(facts.begin(), {{"Verdict", std::string(name_of(report.verdict))},
                                 {"Headline", report.headline}});
    out += properties(facts, "    ");
    for (const auto& each : cases) out += render_case(each, suite);
    return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace

extern const ReporterKind junit{"junit", "one test case for each target, for CI systems",
                                "junit.xml", &render_junit};

}  // namespace gameday::reporters
