#include "reporters/common/words.hpp"
#include "reporters/compliance/wording.hpp"

#include <fmt/format.h>

namespace gameday::reporters {

namespace {

constexpr std::size_t cell_max = 300;

std::string cell_text(std::string_view text) {
    return markdown_text(shorten(clean(text), cell_max));
}

std::string bullets(std::string_view title, const std::vector<std::string>& texts) {
    if (texts.empty()) return {};
    std::string out = fmt::format("\n## {}\n\n", title);
    for (const auto& text : texts) out += "- " + cell_text(text) + "\n";
    return out;
}

std::string results_table(const Compliance& page) {
    std::string head = "| Service | Tier | Disruption | Verdict | Runs |";
    std::string rule = "| --- | --- | --- | --- | --- |";
    for (const auto& quantity : page.quantities) {
        head += fmt::format(" {} |", quantity.title);
        rule += " --- |";
    }
    std::string out = head + "\n" + rule + "\n";
    for (const auto& cell : page.cells) {
        out += fmt::format("| {} | {} | {} | **{}** | {} |", cell_text(service_words(cell)),
                           cell_text(tier_words(cell)), cell_text(cell.disruption),
                           verdict_words(cell), cell_text(runs_words(cell)));
        for (std::size_t i = 0; i < page.quantities.size(); ++i) {
            std::string words;
            for (const auto& each : figure_words(cell.figures.at(i), page.quantities[i].unit)) {
                words += (words.empty() ? "" : "<br>") + each.name + " " + cell_text(each.text);
            }
            out += " " + words + " |";
        }
        out += "\n";
    }
    return out;
}

std::string proof_table(const Compliance& page) {
    std::string out =
        "| Service | Disruption | Newest run | Scenario SHA-256 | Evidence SHA-256 | Trend | Notes "
        "|\n| --- | --- | --- | --- | --- | --- | --- |\n";
    for (const auto& cell : page.cells) {
        const auto& run = cell.newest();
        std::string notes;
        for (const auto& note : cell.notes) {
            notes += (notes.empty() ? "" : "<br>") + cell_text(note);
        }
        out += fmt::format("| {} | {} | {}<br>{} | {} | {} | {} | {} |\n",
                           cell_text(service_words(cell)), cell_text(cell.disruption),
                           cell_text(run.started_at), cell_text(run.run_dir),
                           cell_text(run.scenario_sha256), cell_text(run.evidence_sha256),
                           cell_text(cell.trend), notes);
    }
    return out;
}

}  // namespace

std::string compliance_markdown(const std::vector<ComplianceInput>& inputs,
                                const ComplianceScope& scope) {
    const Compliance page = compliance_of(inputs, scope);
    std::string out = "# Disaster recovery, tested\n\n**" + cell_text(summary_words(page)) + "**\n";
    if (!page.cells.empty()) {
        out += "\n" + results_table(page) + "\n## Evidence\n\n" + proof_table(page);
    }
    out += bullets("Not tested", page.not_tested);
    out += bullets("Could not be read", page.unreadable);
    return out + bullets("How to read this", definitions);
}

}  // namespace gameday::reporters
