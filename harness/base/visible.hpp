// Text that somebody else has chosen, made safe to print: no byte of it moves a terminal's cursor.
#pragma once

#include <string>
#include <string_view>

namespace gameday {

// Control characters become "\n", "\t", "\x1b" and their like; all else is as it was.
std::string visible(std::string_view text);

}  // namespace gameday
