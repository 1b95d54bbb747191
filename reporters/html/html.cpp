// One self-contained page for people and auditors: no network, no scripts, light, dark and paper.
#include "harness/ports/reporter.hpp"
#include "reporters/common/causes.hpp"
#include "reporters/common/connections.hpp"
#include "reporters/common/facts.hpp"
#include "reporters/common/words.hpp"
#include "reporters/html/chart.hpp"
#include "reporters/html/page.hpp"

#include <fmt/format.h>

namespace gameday::reporters {

namespace {

std::string verdict_block(const Report& report) {
    const std::string word = verdict_word(report.verdict);
    const std::string headline =
        report.headline.empty() ? std::string(meaning_of(report.verdict)) : report.headline;
    return fmt::format(
        "<div class=\"verdict {}\"><p class=\"word{}\">{}</p><p class=\"headline\">{}</p></div>\n",
        name_of(report.verdict), word.size() > 7 ? " long" : "", word, xml(headline));
}

std::string opening(const Report& report) {
    const Scenario& scenario = report.scenario;
    std::string eyebrow = scenario.name;
    for (const auto& more : {scenario.service, scenario.tier, report.started_at}) {
        if (!more.empty()) eyebrow += " · " + more;
    }
    std::string out = fmt::format("<header><p class=\"eyebrow\">{}</p><h1>{}</h1>\n", xml(eyebrow),
                                  xml(scenario.title.empty() ? scenario.name : scenario.title));
    if (!scenario.hypothesis.empty()) {
        out +=
            fmt::format("<p class=\"hypothesis\">Hypothesis: {}</p>\n", xml(scenario.hypothesis));
    }
    out += "</header>\n";
    if (const auto scaled = scale_banner(report); !scaled.empty()) {
        out += fmt::format("<p class=\"scaled\">{}</p>\n", xml(scaled));
    }
    out += verdict_block(report);
    if (!report.reasons.empty()) out += bullet_list(report.reasons, "reasons");
    const auto keys = key_figures(report);
    if (keys.empty()) return out;
    out += "<div class=\"tiles\">\n";
    for (const auto& key : keys) {
        out += fmt::format(
            "<div class=\"tile\"><p class=\"name\">{}</p><p class=\"figure\">{}</p></div>\n",
            xml(key.name), xml(key.text));
    }
    return out + "</div>\n";
}

std::string grade_cell(Grade grade) {
    return fmt::format("<span class=\"grade {}\">{}</span>", name_of(grade), grade_mark(grade));
}

std::string targets(const Report& report) {
    HtmlTable table{{"Target", "Declared", "Observed", "Grade", "Reason"}, {}};
    for (const auto& row : target_rows(report)) {
        std::string name = xml(row.title());
        if (row.warn_only) name += " <small>(warning only)</small>";
        std::string reason = xml(row.reason);
        if (!row.where.empty()) reason += fmt::format(" <small>({})</small>", xml(row.where));
        table.rows.push_back({{name, "name"},
                              {xml(row.declared), "number"},
                              {xml(row.observed), "number"},
                              {grade_cell(row.grade), ""},
                              {reason, ""}});
    }
    if (table.rows.empty()) return section("Targets", "<p>No target is declared.</p>\n");
    return section("Targets", render_table(table));
}

std::string timeline(const Report& report) {
    if (!can_draw(report.timeline)) return {};
    const MinimumLevel& minimum = report.scenario.minimum;
    return section(
        "Timeline",
        "<figure>\n" + chart(report.timeline, minimum, {1000, "wide"}) +
            chart(report.timeline, minimum, {344, "narrow"}) +
            "<figcaption>Seconds since time zero, the end of the steady-state window. Operations "
            "are counted where they were due, not where they ended; success is the good share of "
            "those due; latencies are of good operations, from when they were "
            "due.</figcaption>\n</figure>\n");
}

std::string measurements(const Report& report) {
    std::string out;
    for (const auto& group : measure_groups(report)) {
        HtmlTable table{{"Metric", "Where", "Observed", "Remarks"}, {}, true};
        for (const auto& row : group.rows) {
            std::string remarks = xml(row.remark);
            if (!row.figures.empty()) {
                remarks += "<div class=\"figures\">";
                for (const auto& figure : row.figures) {
                    remarks += fmt::format("<span><b>{}</b> {}</span>", xml(figure.name),
                                           xml(figure.text));
                }
                remarks += "</div>";
            }
            table.rows.push_back({{xml(row.metric), "name"},
                                  {xml(row.where), ""},
                                  {xml(row.value), "number"},
                                  {remarks, ""}});
        }
        out += fmt::format("<h3>{}</h3>\n", xml(group.title));
        for (const auto& words : group.definitions) {
            out += fmt::format("<p class=\"definition\">{}</p>\n", xml(words));
        }
        out += render_table(table);
    }
    return out.empty() ? out : section("Everything measured, and how", out);
}

std::string faults(const Report& report) {
    HtmlTable table{{"Fault", "At", "In force", "Aimed at", "Proof of bite", "Healed"}, {}};
    for (const auto& row : fault_rows(report)) {
        std::string name = xml(row.name);
        if (row.kind != row.name) name += fmt::format(" <small>{}</small>", xml(row.kind));
        table.rows.push_back(
            {{name, "name"},
             {row.at, "number"},
             {row.length, "number"},
             {xml(row.aimed_at), ""},
             {fmt::format("<span class=\"{}\">{}</span>", row.proven ? "met" : "inconclusive",
                          (row.proven ? "✓ " : "? ") + xml(row.proof)),
              ""},
             {row.healed ? xml(row.healing)
                         : fmt::format("<span class=\"missed\">✗ {}</span>", xml(row.healing)),
              ""}});
    }
    if (table.rows.empty()) return section("Faults", "<p>No fault was injected.</p>\n");
    const auto notes = fault_notes(report);
    return section("Faults",
                   render_table(table) + (notes.empty() ? "" : bullet_list(notes, "plain")));
}

std::string connections(const Report& report) {
    HtmlTable table{{"Link", "Connections", "Sent to", "Sent back", "Ended", "Faults met"}, {}};
    for (const auto& row : link_rows(report)) {
        table.rows.push_back({{xml(row.link), "name"},
                              {row.connections, "number"},
                              {row.to, "number"},
                              {row.from, "number"},
                              {xml(row.ended), ""},
                              {xml(row.faults), ""}});
    }
    if (table.rows.empty()) return {};
    return section("Connections through the proxy", render_table(table));
}

std::string causes(const Report& report) {
    HtmlTable table{{"Load", "Operations", "Number", "First", "Why", "First answer"}, {}};
    for (const auto& row : cause_rows(report)) {
        table.rows.push_back({{xml(row.load), "name"},
                              {row.verb, ""},
                              {row.count, "number"},
                              {row.first, "number"},
                              {xml(row.why), ""},
                              {xml(row.sample), ""}});
    }
    if (table.rows.empty()) return {};
    return section(causes_title, render_table(table));
}

std::string bullet_section(std::string_view title, const std::vector<std::string>& texts) {
    return texts.empty() ? std::string() : section(title, bullet_list(texts, "plain"));
}

std::string render_html(const Report& report) {
    const std::string title = verdict_word(report.verdict) +
                              (report.scenario.time_scale == 1 ? ": " : " (times scaled): ") +
                              shorten(clean(report.scenario.name), 120);
    return page(title,
                opening(report) + targets(report) + timeline(report) + measurements(report) +
                    faults(report) + causes(report) + connections(report) +
                    bullet_section("Warnings", report.warnings) +
                    bullet_section("Not tested", report.not_tested) +
                    section("The instrument itself", definition_list(instrument_facts(report))) +
                    section("About this run", definition_list(run_facts(report))) +
                    "<footer class=\"small\">A target is met when the whole observed interval "
                    "satisfies it, missed when none of it does, else inconclusive. Nothing is "
                    "rounded towards a pass.</footer>\n");
}

}  // namespace

extern const ReporterKind html{"html",        "one self-contained page with a timeline picture",
                               "report.html", &render_html,
                               false,         "report"};

}  // namespace gameday::reporters
