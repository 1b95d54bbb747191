// What a report says, in words and in order, before any layout: the rows that the text, Markdown
// and HTML reporters all print, so that the three can not tell different stories.
//
// Strings here are as they came; each reporter escapes them for its own format.
#pragma once

#include "harness/model/report.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::reporters {

// One figure with its unit, for people. Not-a-number is "not measured". When it lies so near to
// `beside` that three digits would make them look alike, more digits are given.
std::string figure_text(double value, Unit unit, std::optional<double> beside = std::nullopt);
std::string figure_text(const std::optional<Interval<double>>& value, Unit unit,
                        std::optional<double> beside = std::nullopt);

// "PASSED", "INCONCLUSIVE": the word that is read from across the room.
std::string verdict_word(Verdict verdict);
// "✓ met", "✗ missed", "? inconclusive".
std::string grade_mark(Grade grade);
// What an exit code of a run means, "every target was met".
std::string_view meaning_of(Verdict verdict);
// Of a metric as the judge called it; any other name is put into words: "dwell_min" → "dwell min".
std::string metric_title(const Report& report, std::string_view name);
// One sentence for a run whose declared times were multiplied, "" for any other.
std::string scale_banner(const Report& report);

struct TargetRow {
    std::string id;
    std::string declared;  // "≤ 3 s"
    std::string observed;  // "1.40–1.52 s", "not measured"
    Grade grade = Grade::inconclusive;
    bool warn_only = false;
    bool implied = false;  // no file declares it
    std::string reason;
    std::string where;  // "us-east-down, clients of eu-west", "" = whole run

    // The id, and whether the target is implied.
    [[nodiscard]] std::string title() const { return implied ? id + " (implied)" : id; }
};
std::vector<TargetRow> target_rows(const Report& report);

struct NamedText {
    std::string name, text;
};

struct MeasureRow {
    std::string metric;  // title
    std::string where;
    std::string value;
    std::string remark;
    std::vector<NamedText> figures;
};

// All measurements of one measure, with the definitions that belong beside the figures.
struct MeasureGroup {
    std::string measure, title;
    std::vector<std::string> definitions;
    std::vector<MeasureRow> rows;
};
std::vector<MeasureGroup> measure_groups(const Report& report);

// How long a fault was in force, seconds; an open high end when it was not healed.
Interval<double> fault_length(const FaultWindow& fault);

struct FaultRow {
    std::string name, kind, aimed_at;
    std::string at;      // "+3.00 s", since time zero
    std::string length;  // "8.00 s"
    std::string proof;   // "bit 214 times"
    bool proven = false;
    std::string healing;
    bool healed = false;
};
std::vector<FaultRow> fault_rows(const Report& report);
// How the faults were done, "slow link: by netem, …", and which connections of the proxy they met;
// each thing said once.
std::vector<std::string> fault_notes(const Report& report);

// The worst figure of each metric that an operator asks for first, over all clients and faults.
std::vector<NamedText> key_figures(const Report& report);

// Who, what, when, which version, which hashes: everything an auditor asks of a run.
std::vector<NamedText> run_facts(const Report& report);
// How far the instrument itself can be trusted.
std::vector<NamedText> instrument_facts(const Report& report);

}  // namespace gameday::reporters
