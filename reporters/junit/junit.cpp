// JUnit XML: one test case for each target, so that any CI system shows which one was missed.
//
// What is written satisfies the schema of Jenkins' xUnit plugin and that of Ant's JUnit task at
// once: no attributes on <testsuites>, no properties in cases, one outcome in each, and of the
// suite everything that one of them demands.
#include "reporters/junit/junit.hpp"

#include "harness/ports/reporter.hpp"
#include "reporters/common/causes.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace gameday::reporters {

namespace {

enum class Ending { passed, failure, error, skipped };

struct Case {
    std::string name;
    Ending ending = Ending::passed;
    std::string type;  // of a failure or an error
    std::string message, text;
};

struct Suite {
    std::string scenario, started_at;
    double time_s = 0;
    std::vector<NamedText> properties;
    std::vector<Case> cases;
    std::vector<std::string> out, err;  // lines
};

// Reasons of the run that none of its targets gives: because of them, no target says anything.
std::vector<std::string> reasons_of_the_run(const Report& report) {
    std::vector<std::string> own;
    for (const auto& reason : report.reasons) {
        const bool told = std::ranges::any_of(report.findings, [&](const Finding& finding) {
            return finding.grade != Grade::met && finding.reason == reason;
        });
        if (!told) own.push_back(reason);
    }
    return own;
}

bool ended_badly(Verdict verdict) {
    return verdict == Verdict::aborted || verdict == Verdict::refused || verdict == Verdict::dirty;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : "; ") + text;
    return out;
}

std::string observed_words(const TargetRow& row) {
    return fmt::format("{}: observed {}, declared {}", name_of(row.grade), row.observed,
                       row.declared);
}

// A missed or inconclusive target of severity warn never turns a build red: it is "skipped", which
// CI systems show and do not count. So is a target that was met in a run that proves nothing.
Case case_of(const TargetRow& row, Verdict verdict, const std::vector<std::string>& doubts) {
    Case made;
    made.name = row.title();
    made.type = std::string(name_of(row.grade));
    made.message = observed_words(row);
    made.text = row.reason + (row.where.empty() ? "" : fmt::format(" ({})", row.where));
    if (row.grade == Grade::met) {
        if (!ended_badly(verdict) && doubts.empty()) return made;
        made.ending = Ending::skipped;
        made.message += fmt::format(", but the run is {}", name_of(verdict));
        if (!doubts.empty()) made.text = joined(doubts);
    } else if (row.warn_only) {
        made.ending = Ending::skipped;
    } else {
        made.ending = row.grade == Grade::missed ? Ending::failure : Ending::error;
    }
    return made;
}

bool any(const std::vector<Case>& cases, Ending ending) {
    return std::ranges::any_of(cases, [&](const Case& each) { return each.ending == ending; });
}

// The run itself. Without it a run that was refused before any target, or whose fault never bit,
// would be a suite without a failure, and CI would call that green.
Case run_case(const Report& report, const std::vector<Case>& cases, bool doubted) {
    Case made;
    made.name = "run";
    switch (report.verdict) {
        case Verdict::passed: break;
        case Verdict::failed:
            if (doubted || !any(cases, Ending::failure)) made.ending = Ending::failure;
            break;
        case Verdict::inconclusive:
            if (doubted || !any(cases, Ending::error)) made.ending = Ending::error;
            break;
        case Verdict::aborted:
        case Verdict::refused:
        case Verdict::dirty: made.ending = Ending::error; break;
    }
    made.type = std::string(name_of(report.verdict));
    made.message = fmt::format("{}: {}", name_of(report.verdict), meaning_of(report.verdict));
    made.text = joined(report.reasons);
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

// UTC without the zone, which Ant's schema forbids; the epoch where the time is not known.
std::string timestamp(std::string_view started_at) {
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    constexpr const char* unknown = "1970-01-01T00:00:00";
    const auto text = started_at.substr(0, shape.size());
    if (text.size() != shape.size()) return unknown;
    const auto fits = [](char letter, char wanted) {
        return wanted == '0' ? letter >= '0' && letter <= '9' : letter == wanted;
    };
    if (!std::equal(text.begin(), text.end(), shape.begin(), fits)) return unknown;
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + length, value);
        return value;
    };
    const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    const bool real = day.ok() && number(0, 4) > 0 && number(11, 2) < 24 && number(14, 2) < 60 &&
                      number(17, 2) < 60;
    return real ? std::string(text) : unknown;
}

std::string lines_of(std::string_view element, const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += xml(line) + "\n";
    return fmt::format("    <{0}>{1}</{0}>\n", element, text);
}

std::string case_text(const Case& each, std::string_view suite) {
    std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
                                  xml(suite), xml(each.name));
    if (each.ending == Ending::passed) return out + "/>\n";
    return out + fmt::format(
                     ">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    "
                     "</testcase>\n",
                     element_of(each.ending), xml(each.type), xml(each.message), xml(each.text));
}

std::string suite_text(const Suite& suite) {
    const auto count = [&](Ending ending) {
        return std::ranges::count_if(suite.cases,
                                     [&](const Case& each) { return each.ending == ending; });
    };
    const std::string name = "gameday." + suite.scenario;
    const double time_s = std::isfinite(suite.time_s) ? std::max(0.0, suite.time_s) : 0.0;
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    out += fmt::format(
        "  <testsuite name=\"{}\" package=\"gameday\" id=\"0\" hostname=\"localhost\" "
        "timestamp=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n    <properties>\n",
        xml(name), timestamp(suite.started_at), suite.cases.size(), count(Ending::failure),
        count(Ending::error), count(Ending::skipped), time_s);
    for (const auto& each : suite.properties) {
        out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml(each.name),
                           xml(each.text));
    }
    out += "    </properties>\n";
    for (const auto& each : suite.cases) out += case_text(each, name);
    out += lines_of("system-out", suite.out) + lines_of("system-err", suite.err);
    return out + "  </testsuite>\n</testsuites>\n";
}

std::string cause_line(const CauseRow& row) {
    return fmt::format("{}: {} {} of {}: {}, first at {}{}", causes_title, row.count, row.verb,
                       row.load, row.why, row.first,
                       row.sample.empty() ? "" : ", answer: " + clean(row.sample));
}

std::string render_junit(const Report& report) {
    Suite suite;
    suite.scenario = report.scenario.name;
    suite.started_at = report.started_at;
    suite.time_s = seconds(report.active.high - report.steady.low);
    suite.properties = run_facts(report);
    suite.properties.insert(
        suite.properties.begin(),
        {{"Verdict", std::string(name_of(report.verdict))}, {"Headline", report.headline}});
    suite.out.push_back(report.headline);
    if (const auto scaled = scale_banner(report); !scaled.empty()) suite.out.push_back(scaled);
    const auto doubts = reasons_of_the_run(report);
    for (const auto& row : target_rows(report)) {
        suite.cases.push_back(case_of(row, report.verdict, doubts));
        suite.out.push_back(row.title() + ": " + observed_words(row));
    }
    suite.cases.push_back(run_case(report, suite.cases, !doubts.empty()));
    suite.err = report.reasons;
    for (const auto& row : cause_rows(report)) suite.err.push_back(cause_line(row));
    suite.err.insert(suite.err.end(), report.warnings.begin(), report.warnings.end());
    return suite_text(suite);
}

}  // namespace

std::string junit_of(const NoRun& no_run) {
    Suite suite;
    suite.scenario = no_run.scenario;
    suite.started_at = no_run.started_at;
    suite.properties = {{"Exit code", fmt::format("{}", no_run.exit_code)}};
    suite.cases = {{"run", Ending::error, "no run",
                    fmt::format("there was no run: exit code {}", no_run.exit_code),
                    joined(no_run.errors)}};
    suite.err = no_run.errors;
    return suite_text(suite);
}

extern const ReporterKind junit{"junit", "one test case for each target, for CI systems",
                                "junit.xml", &render_junit};

}  // namespace gameday::reporters
