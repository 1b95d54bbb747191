#include "harness/store/text_sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gameday::store {

namespace {

constexpr std::string_view titles[] = {"run",    "scenario",    "notes",    "regions",    "nodes",
                                       "links",  "clients",     "faults",   "roles",      "lags",
                                       "health", "connections", "causes",   "operations", "streams",
                                       "watch",  "ledger",      "left_out", "wanted"};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_known(std::string_view title) {
    return std::find(std::begin(titles), std::end(titles), title) != std::end(titles);
}

// The title of a line such as "[nodes]"; "" when it is none.
std::string_view title_in(std::string_view line) {
    const auto text = trimmed(line.substr(0, line.find('#')));
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {};
    return text.substr(1, text.size() - 2);
}

bool is_json(std::string_view title, const TextSection& section) {
    return title == "scenario" && !section.lines.empty() &&
           trimmed(section.lines.front().text).starts_with('{');
}

}  // namespace

Error wrong_line(std::size_t line, std::string_view message) {
    return invalid("line {}: {}", line, message);
}

Result<TextSections> split_sections(std::string_view text) {
    TextSections sections;
    auto current = sections.end();
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool in_json = current != sections.end() && is_json(current->first, current->second);
        const auto first = trimmed(line);
        if (!in_json && (first.empty() || first.starts_with('#'))) continue;
        const auto title = title_in(line);
        if (in_json ? is_known(title) : first.starts_with('[')) {
            if (!is_known(title)) {
                return wrong_line(number, fmt::format("no section is called {}", first));
            }
            const auto [place, is_new] = sections.try_emplace(std::string(title));
            if (!is_new) return wrong_line(number, fmt::format("[{}] stands twice", title));
            current = place;
            current->second.number = number;
        } else if (current == sections.end()) {
            return wrong_line(number, "a section such as [operations] must come first");
        } else {
            current->second.lines.push_back({number, line});
        }
    }
    return sections;
}

}  // namespace gameday::store
