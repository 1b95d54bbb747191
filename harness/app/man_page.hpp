// The man page gameday(1), from the same words as --help.
#pragma once

#include "harness/app/command_tree.hpp"

#include <string>
#include <string_view>

namespace gameday::app {

// In the macros of man(7). The same tree gives the same text: it has no date.
std::string man_page(const CommandTree& tree, std::string_view version);

}  // namespace gameday::app
