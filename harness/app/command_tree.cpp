#include "harness/app/command_tree.hpp"

#include "harness/model/params.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace gameday::app {

std::string OptionShape::value_text() const {
    return choices.empty() ? value : fmt::format("{}", fmt::join(choices, "|"));
}

const CommandTree* CommandTree::find(const std::string& word) const {
    const auto found = std::ranges::find_if(commands, [&](const CommandTree& each) {
        return each.name == word || std::ranges::find(each.aliases, word) != each.aliases.end();
    });
    return found == commands.end() ? nullptr : &*found;
}

std::string unknown_word(const CommandTree& tree, const std::vector<std::string>& path,
                         const std::string& word) {
    const CommandTree* at = &tree;
    std::string asked = tree.name;
    for (const auto& each : path) {
        at = at->find(each);
        asked += " " + each;
    }
    const bool is_option = word.starts_with('-');
    if (!is_option && at->commands.empty()) return {};
    std::vector<std::string_view> known;
    if (is_option) {
        for (const auto& each : at->options) {
            known.insert(known.end(), each.names.begin(), each.names.end());
        }
    } else {
        for (const auto& each : at->commands) known.push_back(each.name);
    }
    const std::string name = is_option ? word.substr(0, word.find('=')) : word;
    const auto near = nearest(name, known);
    return fmt::format("{}: no such {}: {}; {}\n", asked, is_option ? "option" : "command", name,
                       near.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                    : fmt::format("did you mean {}?", near));
}

}  // namespace gameday::app
