// How much of a test is done: less in the quick lane, all of it where GAMEDAY_NIGHTLY=1 is set.
#pragma once

#include <cstdlib>
#include <string_view>

namespace gameday::test {

inline bool is_nightly() {
    const char* wanted = std::getenv("GAMEDAY_NIGHTLY");
    return wanted != nullptr && std::string_view(wanted) == "1";
}

template <class T>
T by_lane(T quick, T nightly) {
    return is_nightly() ? nightly : quick;
}

}  // namespace gameday::test
