#include "reporters/html/page.hpp"

#include "reporters/common/words.hpp"
#include "reporters/html/style.hpp"

#include <fmt/format.h>

namespace gameday::reporters {

std::string render_table(const HtmlTable& table) {
    std::string out = fmt::format("<div class=\"scroll\"><table class=\"cards{}\"><thead><tr>",
                                  table.fixed ? " fixed" : "");
    for (const auto& title : table.head) out += "<th scope=\"col\">" + xml(title) + "</th>";
    out += "</tr></thead><tbody>\n";
    for (const auto& row : table.rows) {
        out += "<tr>";
        for (std::size_t i = 0; i < row.size(); ++i) {
            const auto& cell = row[i];
            const std::string css_class =
                cell.css_class.empty() ? "" : " class=\"" + cell.css_class + "\"";
            out += fmt::format("<td{} data-label=\"{}\">", css_class, xml(table.head.at(i)));
            // One element in each cell, so that a card lays it out as one piece.
            if (!cell.content.empty()) out += "<div>" + cell.content + "</div>";
            out += "</td>";
        }
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

std::string section(std::string_view title, const std::string& content) {
    return fmt::format("<section>\n<h2>{}</h2>\n{}</section>\n", xml(title), content);
}

std::string bullet_list(const std::vector<std::string>& texts, std::string_view css_class) {
    std::string out = fmt::format("<ul class=\"{}\">\n", css_class);
    for (const auto& text : texts) out += "<li>" + xml(text) + "</li>\n";
    return out + "</ul>\n";
}

std::string definition_list(const std::vector<NamedText>& named) {
    std::string out = "<dl>\n";
    for (const auto& each : named) {
        const bool hash = each.name.ends_with("SHA-256");
        out += fmt::format("<dt>{}</dt><dd{}>{}</dd>\n", xml(each.name),
                           hash ? " class=\"hash\"" : "", xml(each.text));
    }
    return out + "</dl>\n";
}

std::string page(std::string_view title, const std::string& content) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>{}</title>\n<style>{}</style>\n"
        "</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        xml(title), page_style(), content);
}

}  // namespace gameday::reporters
