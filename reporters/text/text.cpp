#include "reporters/text/text.hpp"

#include "harness/ports/reporter.hpp"
#include "reporters/common/causes.hpp"
#include "reporters/common/connections.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"
#include "reporters/text/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace gameday::reporters {

namespace {

constexpr std::size_t columns = 100;
// A measure with more rows than this (regions times faults times classes) is cut short here;
// result.json and the HTML page have them all.
constexpr std::size_t rows_max = 24;
constexpr std::size_t definitions_max = 4;
constexpr std::size_t cause_rows_max = 12;
constexpr std::size_t sample_max = 120;

std::string heading(std::string_view title) {
    std::string line(title);
    for (std::size_t i = width(title); i < columns; ++i) line += i == width(title) ? " " : "─";
    return "\n" + line + "\n";
}

std::string paragraph(std::string_view text, std::string_view first, std::size_t indent) {
    std::string out;
    for (const auto& line : wrap(clean(text), columns - indent)) {
        out += out.empty() ? std::string(first) : std::string(indent, ' ');
        out += line + "\n";
    }
    return out;
}

std::string bullets(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += paragraph(text, "  - ", 4);
    return out;
}

std::string bullet_section(std::string_view title, const std::vector<std::string>& texts) {
    return texts.empty() ? std::string() : heading(title) + bullets(texts);
}

// A line of its own, so that it is found in a log, and painted in the colour of the verdict.
std::string verdict_line(Verdict verdict) { return "  " + std::string(verdict_word(verdict)); }

std::string opening(const Report& report) {
    const Scenario& scenario = report.scenario;
    std::string first = scenario.name;
    if (!scenario.title.empty()) first += ": " + scenario.title;
    std::string out = paragraph(first, "", 0);
    if (const auto scaled = scale_banner(report); !scaled.empty()) out += paragraph(scaled, "", 0);
    out += "\n" + verdict_line(report.verdict) + "\n\n";
    out += paragraph(
        report.headline.empty() ? std::string(meaning_of(report.verdict)) : report.headline, "", 0);
    if (!report.reasons.empty()) out += bullets(report.reasons);
    return out;
}

std::string targets(const Report& report) {
    std::vector<std::vector<std::string>> rows{
        {"target", "declared", "observed", "grade", "reason"}};
    for (const auto& row : target_rows(report)) {
        rows.push_back({clean(row.title()) + (row.warn_only ? " (warn)" : ""), clean(row.declared),
                        clean(row.observed), grade_mark(row.grade), clean(row.reason)});
    }
    if (rows.size() == 1) return heading("Targets") + "  none declared\n";
    return heading("Targets") + grid(rows, {22, 13, 21, 14, columns}, columns);
}

std::string faults(const Report& report) {
    std::vector<std::vector<std::string>> rows{
        {"fault", "at", "in force", "aimed at", "healed", "proof of bite"}};
    for (const auto& row : fault_rows(report)) {
        const std::string name = row.name == row.kind ? row.name : row.name + " (" + row.kind + ")";
        rows.push_back({clean(name), row.at, row.length, clean(row.aimed_at), clean(row.healing),
                        (row.proven ? "✓ " : "? ") + row.proof});
    }
    if (rows.size() == 1) return heading("Faults") + "  none was injected\n";
    return heading("Faults") + grid(rows, {20, 9, 12, 15, 12, columns}, columns) +
           bullets(fault_notes(report));
}

std::string connections(const Report& report) {
    std::vector<std::vector<std::string>> rows{
        {"link", "number", "sent to", "sent back", "ended", "faults met"}};
    for (const auto& row : link_rows(report)) {
        rows.push_back({clean(row.link), row.connections, row.to, row.from, clean(row.ended),
                        clean(row.faults)});
    }
    if (rows.size() == 1) return {};
    return heading("Connections through the proxy") +
           grid(rows, {20, 7, 9, 9, 22, columns}, columns);
}

std::string causes(const Report& report) {
    std::vector<std::vector<std::string>> rows{
        {"load", "verb", "number", "first", "why", "first answer"}};
    const auto all = cause_rows(report);
    for (const auto& row : all) {
        if (rows.size() > cause_rows_max) break;
        rows.push_back({clean(row.load), row.verb, row.count, row.first, clean(row.why),
                        shorten(clean(row.sample), sample_max)});
    }
    if (all.empty()) return {};
    std::string out = heading(causes_title) + grid(rows, {14, 6, 9, 9, 26, columns}, columns);
    if (all.size() > cause_rows_max) {
        out += fmt::format("  and {} more in result.json\n", all.size() - cause_rows_max);
    }
    return out;
}

constexpr std::string_view no_break = "\u00A0";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

// Name and value of a figure stay on one line.
std::string figures(const MeasureRow& row) {
    std::string text;
    for (const auto& figure : row.figures) {
        const std::string words = clean(figure.name) + " " + clean(figure.text);
        text += (text.empty() ? "" : " · ") + replaced(words, " ", no_break);
    }
    return text;
}

std::string measurements(const Report& report) {
    std::string out;
    for (const auto& group : measure_groups(report)) {
        out += heading(shorten(clean(group.title), 80));
        std::vector<std::vector<std::string>> rows;
        for (const auto& row : group.rows) {
            if (rows.size() == rows_max) break;
            std::string words = row.remark;
            const std::string more = figures(row);
            if (!more.empty()) words += (words.empty() ? "" : "; ") + more;
            rows.push_back({clean(row.metric), clean(row.value), clean(row.where), clean(words)});
        }
        out += replaced(grid(rows, {24, 20, 22, columns}, columns), no_break, " ");
        if (group.rows.size() > rows_max) {
            out += fmt::format("  and {} more in result.json\n", group.rows.size() - rows_max);
        }
        std::size_t shown = 0;
        for (const auto& words : group.definitions) {
            if (++shown > definitions_max) break;
            out += paragraph(words, "  how: ", 7);
        }
    }
    return out;
}

std::string facts(std::string_view title, const std::vector<NamedText>& named) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& fact : named) rows.push_back({fact.name, clean(fact.text)});
    return heading(title) + grid(rows, {28, columns}, columns);
}

std::string render_text(const Report& report) {
    return opening(report) + targets(report) + measurements(report) + faults(report) +
           causes(report) + connections(report) + bullet_section("Warnings", report.warnings) +
           bullet_section("Not tested", report.not_tested) +
           facts("Instrument", instrument_facts(report)) + facts("Run", run_facts(report));
}

std::string_view colour_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed: return "\x1b[1;7;32m";
        case Verdict::inconclusive: return "\x1b[1;7;33m";
        case Verdict::failed:
        case Verdict::aborted:
        case Verdict::refused:
        case Verdict::dirty: return "\x1b[1;7;31m";
    }
    return {};
}

constexpr std::string_view plain = "\x1b[0m";

void paint(std::string& line, std::string_view words, std::string_view code) {
    for (auto at = line.find(words); at != std::string::npos;) {
        line.insert(at + words.size(), plain);
        line.insert(at, code);
        at = line.find(words, at + code.size() + words.size() + plain.size());
    }
}

}  // namespace

std::string summary(const Report& report) {
    return opening(report) + targets(report) + faults(report) + causes(report) +
           bullet_section("Warnings", report.warnings);
}

std::string colour(std::string text, Verdict verdict) {
    std::string out;
    const std::string verdict_text = verdict_line(verdict);
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        std::string line = text.substr(begin, end - begin);
        if (line == verdict_text) {
            paint(line, verdict_word(verdict), colour_of(verdict));
        } else if (line.find("──") != std::string::npos) {
            line = "\x1b[1m" + line + std::string(plain);
        } else {
            paint(line, grade_mark(Grade::met), "\x1b[32m");
            paint(line, grade_mark(Grade::missed), "\x1b[1;31m");
            paint(line, grade_mark(Grade::inconclusive), "\x1b[33m");
        }
        out += line;
        if (end < text.size()) out += '\n';
        begin = end + 1;
    }
    return out;
}

extern const ReporterKind text{
    "text",       "what a terminal shows at the end, at most 100 columns wide",
    "report.txt", &render_text,
    false,        "all figures"};

}  // namespace gameday::reporters
