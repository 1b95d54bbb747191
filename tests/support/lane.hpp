// How much of a test is done: less in the quick lane, all of it where GAMEDAY_NIGHTLY=1 is set.
#pragma once

#include <cstdlib>
#include <string_view>

namespace gameday::test {

inline bool is_nightly() {
    const char* wanted = std::getenv("GAMEDAY_NIGHTLY");
    return wanted != nullptr && std::string_view(wanted) == "1";
}

// With a sanitizer all takes ten times as long, and what it looks for shows in few rounds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

template <class T>
T by_lane(T quick, T nightly) {
    return is_nightly() ? nightly : quick;
}

}  // namespace gameday::test
