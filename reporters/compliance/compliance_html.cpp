#include "reporters/common/words.hpp"
#include "reporters/compliance/wording.hpp"
#include "reporters/html/page.hpp"

#include <fmt/format.h>

namespace gameday::reporters {

namespace {

std::string_view grade_class(Verdict verdict) {
    if (verdict == Verdict::passed) return "met";
    return verdict == Verdict::failed || verdict == Verdict::dirty ? "missed" : "inconclusive";
}

std::string name_cell(const ComplianceCell& cell) {
    return fmt::format("{}<br/>{}<br/><small>{}</small>", xml(service_words(cell)),
                       xml(cell.disruption), xml(tier_words(cell)));
}

HtmlTable results(const Compliance& page) {
    HtmlTable table{{"Service, disruption, tier", "Verdict"}, {}};
    for (const auto& quantity : page.quantities) table.head.emplace_back(quantity.title);
    for (const auto& cell : page.cells) {
        std::vector<HtmlCell> row{
            {name_cell(cell), "name"},
            {fmt::format("<span class=\"grade {}\">{}</span><br/><small>{}</small>",
                         cell.stale && cell.verdict == Verdict::passed ? "inconclusive"
                                                                       : grade_class(cell.verdict),
                         verdict_words(cell), xml(runs_words(cell))),
             ""}};
        for (std::size_t i = 0; i < page.quantities.size(); ++i) {
            std::string lines = "<div class=\"figures\">";
            for (const auto& each : figure_words(cell.figures.at(i), page.quantities[i].unit)) {
                lines += fmt::format("<span><b>{}</b> {}</span>", xml(each.name), xml(each.text));
            }
            row.push_back({lines + "</div>", ""});
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

HtmlTable proof(const Compliance& page) {
    HtmlTable table{
        {"Service, disruption, tier", "Newest run", "Trend and notes", "SHA-256"}, {}, true};
    for (const auto& cell : page.cells) {
        const auto& run = cell.newest();
        std::string notes = xml(cell.trend);
        for (const auto& note : cell.notes) notes += "<br/><small>" + xml(note) + "</small>";
        table.rows.push_back(
            {{name_cell(cell), "name"},
             {fmt::format("{}<br/><small>{}<br/>{}</small>", xml(run.started_at), xml(run.scenario),
                          xml(run.run_dir)),
              ""},
             {notes, ""},
             {fmt::format("<span class=\"hash\">scenario {}<br/>evidence {}</span>",
                          xml(run.scenario_sha256), xml(run.evidence_sha256)),
              ""}});
    }
    return table;
}

}  // namespace

std::string compliance_html(const std::vector<ComplianceInput>& inputs,
                            const ComplianceScope& scope) {
    const Compliance made = compliance_of(inputs, scope);
    std::string out = fmt::format(
        "<header><p class=\"eyebrow\">gameday</p><h1>Disaster recovery, tested</h1></header>\n"
        "<div class=\"verdict {}\"><p class=\"word long\">{} of {}</p><p class=\"headline\">{}</p>"
        "</div>\n",
        name_of(made.verdict), made.passed, made.cells.size(), xml(summary_words(made)));
    if (made.cells.empty()) {
        out += "<p>No run was given.</p>\n";
    } else {
        out += section("Against what was declared", render_table(results(made)));
        out += section("Evidence", render_table(proof(made)));
    }
    if (!made.not_tested.empty()) {
        out += section("Not tested", bullet_list(made.not_tested, "plain"));
    }
    if (!made.unreadable.empty()) {
        out += section("Could not be read", bullet_list(made.unreadable, "plain"));
    }
    std::string words;
    for (const auto& each : definitions) words += "<p class=\"definition\">" + xml(each) + "</p>\n";
    out += section("How to read this", words);
    return page("Disaster recovery, tested", out);
}

}  // namespace gameday::reporters
