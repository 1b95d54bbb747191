// The command line as a value: what the parser accepts, for the man page, completion and
// suggestions. options.cpp makes it from the parser itself, so that none of them can lag behind.
#pragma once

#include <string>
#include <vector>

namespace gameday::app {

struct OptionShape {
    std::vector<std::string> names;  // "-q", "--quiet"; none: an argument, known by its place
    std::string value;               // "FILE", "DIR", "N", …; "" = a flag, or one of the choices
    std::vector<std::string> choices;  // the only values there are; none: any
    std::string meaning;
    std::string preset;  // the value when it is not given; "" = none
    bool is_required = false;
    bool is_repeatable = false;

    // "FILE", "bash|zsh"; "" of a flag.
    std::string value_text() const;
};

struct CommandTree {
    std::string name;
    std::vector<std::string> aliases;
    std::string meaning;
    std::string
        footer;  // blocks of a title ("Examples:") and indented lines, an empty line between
    std::vector<OptionShape> options, arguments;
    std::vector<CommandTree> commands;

    // The command below this one by its name or an alias, or null.
    const CommandTree* find(const std::string& word) const;
};

// The whole of `gameday`.
CommandTree command_tree();

// What to print when `word` means nothing after the commands of `path`:
// `gameday: no such command: rn; did you mean run?`. "" when it is not for a name to be unknown: an
// argument too many.
std::string unknown_word(const CommandTree& tree, const std::vector<std::string>& path,
                         const std::string& word);

}  // namespace gameday::app
