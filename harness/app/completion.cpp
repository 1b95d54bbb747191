#include "harness/app/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace gameday::app {

namespace {

bool is_file(const OptionShape& option) { return option.value.starts_with("FILE"); }
bool is_folder(const OptionShape& option) { return option.value == "DIR"; }

std::vector<std::string> names_of(const CommandTree& command) {
    std::vector<std::string> names{command.name};
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
    return names;
}

// The argument COMMAND of `help` is the name of a command.
CommandTree with_names_as_choices(CommandTree tree) {
    std::vector<std::string> names;
    for (const auto& each : tree.commands) names.push_back(each.name);
    for (auto& command : tree.commands) {
        for (auto& argument : command.arguments) {
            if (argument.value == "COMMAND") argument.choices = names;
        }
    }
    return tree;
}

// The three lists of cases of the bash function. A path is " proxy toxic", "" of gameday itself.
struct BashCases {
    std::string steps;   // from the path so far and a word to the path with it
    std::string values;  // of the options that take one
    std::string words;   // what may stand at a path
};

void add_bash_cases(BashCases& cases, const CommandTree& command, const std::string& path) {
    std::string words;
    std::string options;
    std::string action;
    for (const auto& each : command.commands) {
        std::vector<std::string> ways;
        for (const auto& name : names_of(each)) ways.push_back(fmt::format("'{} {}'", path, name));
        cases.steps += fmt::format("            {}) path='{} {}' ;;\n", fmt::join(ways, " | "),
                                   path, each.name);
        words += each.name + " ";
    }
    for (const auto& each : command.arguments) {
        if (is_file(each)) action = " files=-f";
        if (is_folder(each)) action = " files=-d";
        for (const auto& choice : each.choices) words += choice + " ";
    }
    for (const auto& each : command.options) {
        std::vector<std::string> ways;
        for (const auto& name : each.names) {
            options += name + " ";
            ways.push_back(fmt::format("'{} {}'", path, name));
        }
        if (each.value.empty() && each.choices.empty()) continue;
        cases.values += fmt::format("        {}) words='{}' options=''{} ;;\n",
                                    fmt::join(ways, " | "), fmt::join(each.choices, " "),
                                    is_file(each)     ? " files=-f"
                                    : is_folder(each) ? " files=-d"
                                                      : "");
    }
    cases.words += fmt::format("            '{}') words='{}' options='{}'{} ;;\n", path, words,
                               options, action);
    for (const auto& each : command.commands) {
        add_bash_cases(cases, each, path + " " + each.name);
    }
}

// Inside single quotes, and between the brackets or after the colon of a spec of _arguments.
std::string for_zsh(std::string_view text) {
    std::string out;
    for (const char each : text) {
        if (each == '\'') {
            out += "'\\''";
        } else {
            if (each == '[' || each == ']' || each == ':' || each == '\\') out += '\\';
            out += each;
        }
    }
    return out;
}

// ":FILE:_files", "" of a flag.
std::string zsh_value(const OptionShape& option) {
    if (!option.choices.empty()) return fmt::format(":value:({})", fmt::join(option.choices, " "));
    if (option.value.empty()) return {};
    const auto* action = is_file(option) ? "_files" : is_folder(option) ? "_files -/" : " ";
    return fmt::format(":{}:{}", for_zsh(option.value), action);
}

std::string zsh_option(const OptionShape& option) {
    const auto value = zsh_value(option);
    std::vector<std::string> ways;
    for (const auto& name : option.names) {
        const bool is_long = name.starts_with("--");
        ways.push_back(name + (value.empty() ? "" : is_long ? "=" : "+"));
    }
    const auto meaning = fmt::format("'[{}]{}'", for_zsh(option.meaning), value);
    const auto either =
        ways.size() == 1 ? ways.front() : fmt::format("{{{}}}", fmt::join(ways, ","));
    if (option.is_repeatable) return fmt::format("        '*'{}{} \\\n", either, meaning);
    return fmt::format("        '({})'{}{} \\\n", fmt::join(option.names, " "), either, meaning);
}

void add_zsh_function(std::string& out, const CommandTree& command, const std::string& function) {
    std::string list;
    std::string below;
    for (const auto& each : command.commands) {
        list += fmt::format("        '{}:{}'\n", each.name, for_zsh(each.meaning));
        below += fmt::format("                {}) {}_{} ;;\n", fmt::join(names_of(each), " | "),
                             function, each.name);
    }
    out += function + "() {\n";
    if (!list.empty()) {
        out +=
            "    local curcontext=$curcontext state line\n    local -a commands\n    commands=(\n" +
            list + "    )\n";
    }
    out += fmt::format("    _arguments {} \\\n", list.empty() ? "-S" : "-C");
    for (const auto& each : command.options) out += zsh_option(each);
    for (const auto& each : command.arguments) {
        const auto* times = each.is_repeatable ? "*" : each.is_required ? "" : ":";
        out += fmt::format("        '{}{}' \\\n", times, zsh_value(each));
    }
    if (list.empty()) {
        out += "        && return\n}\n\n";
    } else {
        out +=
            "        ': :->command' '*:: :->rest' && return\n    case $state in\n"
            "        command) _describe command commands ;;\n        rest)\n"
            "            case $words[1] in\n" +
            below + "            esac\n            ;;\n    esac\n}\n\n";
    }
    for (const auto& each : command.commands) {
        add_zsh_function(out, each, function + "_" + each.name);
    }
}

}  // namespace

std::string bash_completion(const CommandTree& commands) {
    const auto tree = with_names_as_choices(commands);
    BashCases cases;
    add_bash_cases(cases, tree, "");
    return fmt::format(R"(# Completion of {0} for bash, printed by: {0} help --completion bash
_{0}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} path='' previous='' words='' options='' files='' each
    # "--format=json" is three words to bash.
    [ "$word" != = ] || word=''
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [ "$each" = = ] || previous=$each
        case "$path $each" in
{1}        esac
    done
    case "$path $previous" in
{2}        *) case "$path" in
{3}        esac ;;
    esac
    [[ $word != -* ]] || words=$options
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [ -n "$files" ] && [[ $word != -* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen "$files" -- "$word")
    fi
}}
complete -F _{0} {0}
)",
                       tree.name, cases.steps, cases.values, cases.words);
}

std::string zsh_completion(const CommandTree& commands) {
    const auto tree = with_names_as_choices(commands);
    std::string out = fmt::format(
        "#compdef {0}\n# Completion of {0} for zsh, printed by: {0} help --completion zsh\n\n",
        tree.name);
    add_zsh_function(out, tree, "_" + tree.name);
    // Autoloaded by its name, the file is the body of the function.
    out += fmt::format(
        "if [ \"$funcstack[1]\" = _{0} ]; then\n    _{0} \"$@\"\nelse\n    compdef _{0} {0}\nfi\n",
        tree.name);
    return out;
}

}  // namespace gameday::app
