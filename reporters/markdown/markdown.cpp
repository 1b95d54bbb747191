// Markdown for the summary of a CI job or a comment on a change: the verdict and the targets first,
// everything else folded away.
#include "harness/ports/reporter.hpp"
#include "reporters/common/causes.hpp"
#include "reporters/common/connections.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"

#include <fmt/format.h>

namespace gameday::reporters {

namespace {

// GitHub refuses a job summary above 1 MiB; a name of thousands of characters helps nobody.
constexpr std::size_t cell_max = 300;
constexpr std::size_t rows_max = 200;

std::string cell(std::string_view text) { return markdown_text(shorten(clean(text), cell_max)); }

std::string row(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const auto& each : cells) line += " " + (each.empty() ? std::string(" ") : each) + " |";
    return line + "\n";
}

std::string head(const std::vector<std::string>& cells) {
    std::string rule = "|";
    for (std::size_t i = 0; i < cells.size(); ++i) rule += " --- |";
    return row(cells) + rule + "\n";
}

std::string bullets(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) out += "- " + cell(text) + "\n";
    return out;
}

std::string folded(std::string_view title, const std::string& content) {
    return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, content);
}

std::string targets(const Report& report) {
    const auto rows = target_rows(report);
    if (rows.empty()) return "No target is declared.\n\n";
    std::string out = head({"Target", "Declared", "Observed", "Grade", "Reason"});
    for (const auto& each : rows) {
        const std::string mark = grade_mark(each.grade);
        out += row({cell(each.title()) + (each.warn_only ? " (warn)" : ""), cell(each.declared),
                    cell(each.observed), each.grade == Grade::met ? mark : "**" + mark + "**",
                    cell(each.reason)});
    }
    return out + "\n";
}

std::string faults(const Report& report) {
    const auto rows = fault_rows(report);
    if (rows.empty()) return "No fault was injected.\n\n";
    std::string out = head({"Fault", "At", "In force", "Aimed at", "Proof of bite", "Healed"});
    for (const auto& each : rows) {
        const std::string name =
            each.name == each.kind ? each.name : each.name + " (" + each.kind + ")";
        out += row({cell(name), each.at, each.length, cell(each.aimed_at),
                    each.proven ? each.proof : "**" + each.proof + "**", cell(each.healing)});
    }
    const auto notes = fault_notes(report);
    if (!notes.empty()) out += "\n" + bullets(notes);
    return out + "\n";
}

std::string connections(const Report& report) {
    const auto rows = link_rows(report);
    if (rows.empty()) return {};
    std::string out = "### Connections through the proxy\n\n" +
                      head({"Link", "Connections", "Sent to", "Sent back", "Ended", "Faults met"});
    for (const auto& each : rows) {
        out += row({cell(each.link), each.connections, each.to, each.from, cell(each.ended),
                    cell(each.faults)});
    }
    return out + "\n";
}

std::string causes(const Report& report) {
    const auto rows = cause_rows(report);
    if (rows.empty()) return {};
    std::string out = fmt::format("### {}\n\n", causes_title) +
                      head({"Load", "Operations", "Number", "First", "Why", "First answer"});
    std::size_t shown = 0;
    for (const auto& each : rows) {
        if (++shown > rows_max) break;
        out += row({cell(each.load), each.verb, each.count, each.first, cell(each.why),
                    cell(each.sample)});
    }
    return out + "\n";
}

std::string measurements(const Report& report) {
    std::string out;
    for (const auto& group : measure_groups(report)) {
        out += "#### " + cell(group.title) + "\n\n";
        out += head({"Metric", "Where", "Observed", "Remarks"});
        std::size_t shown = 0;
        for (const auto& each : group.rows) {
            if (++shown > rows_max) break;
            std::string remarks = cell(each.remark);
            for (const auto& figure : each.figures) {
                remarks +=
                    (remarks.empty() ? "" : " · ") + cell(figure.name) + " " + cell(figure.text);
            }
            out += row({cell(each.metric), cell(each.where), cell(each.value), remarks});
        }
        out += "\n";
        for (const auto& words : group.definitions) out += "> " + cell(words) + "\n>\n";
        out += "\n";
    }
    return out;
}

std::string facts(const std::vector<NamedText>& named) {
    std::string out = head({"", ""});
    for (const auto& each : named) out += row({cell(each.name), cell(each.text)});
    return out;
}

std::string render_markdown(const Report& report) {
    std::string out =
        fmt::format("## {}: {}\n\n", verdict_word(report.verdict), cell(report.scenario.name));
    if (const auto scaled = scale_banner(report); !scaled.empty()) {
        out += "> " + cell(scaled) + "\n\n";
    }
    out += fmt::format(
        "**{}**\n\n",
        cell(report.headline.empty() ? std::string(meaning_of(report.verdict)) : report.headline));
    if (!report.reasons.empty()) out += bullets(report.reasons) + "\n";
    out += "### Targets\n\n" + targets(report) + "### Faults\n\n" + faults(report) +
           causes(report) + connections(report);
    if (!report.warnings.empty()) out += "### Warnings\n\n" + bullets(report.warnings) + "\n";
    if (!report.measurements.empty()) {
        out += folded("Everything measured, and how", measurements(report));
    }
    if (!report.not_tested.empty()) out += folded("Not tested", bullets(report.not_tested));
    auto about = run_facts(report);
    const auto instrument = instrument_facts(report);
    about.insert(about.end(), instrument.begin(), instrument.end());
    return out + folded("About this run", facts(about));
}

}  // namespace

extern const ReporterKind markdown{"markdown", "for the summary of a CI job or a comment",
                                   "report.md", &render_markdown};

}  // namespace gameday::reporters
