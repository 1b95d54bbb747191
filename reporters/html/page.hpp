// Pieces of an HTML page, shared by the report of a run and the compliance page.
#pragma once

#include "reporters/common/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gameday::reporters {

struct HtmlCell {
    std::string content;    // HTML, already escaped
    std::string css_class;  // "number", "name" or ""
};

struct HtmlTable {
    std::vector<std::string> head;  // plain text
    std::vector<std::vector<HtmlCell>> rows;
    bool fixed = false;  // columns of the same width in each such table, so that they line up
};

// On a phone each row becomes a card whose lines are labelled with the head.
std::string render_table(const HtmlTable& table);
std::string section(std::string_view title, const std::string& content);
std::string bullet_list(const std::vector<std::string>& texts, std::string_view css_class);
std::string definition_list(const std::vector<NamedText>& named);
// A whole document around the content of its <main>; `title` is plain text.
std::string page(std::string_view title, const std::string& content);

}  // namespace gameday::reporters
