// Patterns in which "*" stands for any letters, none included.
#pragma once

#include <string_view>

namespace gameday {

// Whether the whole text is what the pattern says. There is no escape for "*".
bool glob(std::string_view pattern, std::string_view text);

}  // namespace gameday
