#include "harness/app/man_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace gameday::app {

namespace {

// Text that troff prints as it stands.
std::string roff(std::string_view text) {
    std::string out;
    for (const char each : text) {
        const bool begins_line = out.empty() || out.back() == '\n';
        if (begins_line && (each == '.' || each == '\'')) out += "\\&";
        switch (each) {
            case '\\': out += "\\e"; break;
            case '-': out += "\\-"; break;
            case '\'': out += "\\(aq"; break;
            case '"': out += "\\(dq"; break;
            case '`': out += "\\(ga"; break;
            case '|': out += "|\\:"; break;  // a line may end here
            default: out += each;
        }
    }
    return out;
}

// One block of a footer: "Examples:" and the indented lines below it.
struct FooterBlock {
    std::string title;
    std::string lines;
    bool operator==(const FooterBlock&) const = default;
};

std::vector<FooterBlock> footer_blocks(const std::string& footer) {
    std::vector<FooterBlock> blocks;
    std::istringstream in(footer);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("  ")) {
            if (!blocks.empty()) blocks.back().lines += line.substr(2) + "\n";
        } else if (line.ends_with(':')) {
            blocks.push_back({line.substr(0, line.size() - 1), {}});
        }
    }
    return blocks;
}

std::string as_printed(const FooterBlock& block) { return ".nf\n" + roff(block.lines) + ".fi\n"; }

std::string option_entry(const OptionShape& option) {
    std::string heading;
    for (const auto& name : option.names) {
        heading += (heading.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", roff(name));
    }
    if (const auto value = option.value_text(); !value.empty()) {
        heading += fmt::format("{}\\fI{}\\fR", heading.empty() ? "" : " ", roff(value));
    }
    std::string meaning = option.meaning;
    if (!option.preset.empty()) meaning += "; default " + option.preset;
    return fmt::format(".TP\n{}\n{}\n", heading, roff(meaning));
}

// "gameday proxy create [OPTION]... PROXY".
std::string usage_line(const CommandTree& command, const std::string& path) {
    std::string line = path;
    if (!command.options.empty()) line += " [OPTION]...";
    for (const auto& each : command.arguments) {
        const auto value = each.value_text() + (each.is_repeatable ? "..." : "");
        line += each.is_required ? " " + value : " [" + value + "]";
    }
    if (!command.commands.empty()) line += " [COMMAND]";
    return line;
}

void add_command(std::string& out, const CommandTree& command, const std::string& above,
                 const std::vector<FooterBlock>& said) {
    const std::string path = above + " " + command.name;
    out += fmt::format(".SS {}\n{}", roff(usage_line(command, path)), roff(command.meaning));
    if (!command.aliases.empty()) {
        out += fmt::format(" (also {})", roff(fmt::format("{}", fmt::join(command.aliases, ", "))));
    }
    out += ".\n";
    for (const auto& each : command.arguments) out += option_entry(each);
    for (const auto& each : command.options) {
        const bool is_help = std::ranges::find(each.names, "--help") != each.names.end();
        if (!is_help) out += option_entry(each);
    }
    for (const auto& block : footer_blocks(command.footer)) {
        if (std::ranges::find(said, block) != said.end()) continue;
        out += fmt::format(".PP\n{}:\n.PP\n.RS 4\n{}.RE\n", roff(block.title), as_printed(block));
    }
    for (const auto& each : command.commands) add_command(out, each, path, said);
}

}  // namespace

std::string man_page(const CommandTree& tree, std::string_view version) {
    // "gameday: when a region dies, …" over several lines.
    std::string meaning = tree.meaning.substr(tree.meaning.find(": ") + 2);
    std::ranges::replace(meaning, '\n', ' ');
    while (meaning.ends_with(' ')) meaning.pop_back();
    std::string out = fmt::format(
        ".TH GAMEDAY 1 \"\" \"gameday {}\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n"
        ".SH SYNOPSIS\n.B {}\n\\fICOMMAND\\fR [\\fIARGUMENT\\fR]...\n.SH OPTIONS\n",
        roff(version), tree.name, roff(meaning), tree.name);
    for (const auto& each : tree.options) out += option_entry(each);
    const auto blocks = footer_blocks(tree.footer);
    out += ".SH COMMANDS\n";
    for (const auto& each : tree.commands) add_command(out, each, tree.name, blocks);
    for (const auto& block : blocks) {
        std::string title = block.title;
        std::ranges::transform(title, title.begin(), [](unsigned char letter) {
            return static_cast<char>(std::toupper(letter));
        });
        out += fmt::format(".SH {}\n{}", title, as_printed(block));
    }
    return out;
}

}  // namespace gameday::app
