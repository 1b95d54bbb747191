// Scripts by which a shell completes the words after `gameday`: commands, options, their values.
#pragma once

#include "harness/app/command_tree.hpp"

#include <string>

namespace gameday::app {

// To be sourced by bash; needs nothing of the package bash-completion.
std::string bash_completion(const CommandTree& tree);

// The function _gameday, for a folder of zsh's fpath or to be sourced after compinit.
std::string zsh_completion(const CommandTree& tree);

}  // namespace gameday::app
