// Upper bounds of durations on a machine that may be taken away for a moment: it is late then, and
// never early. What is always late is late each time, and is found all the same.
#pragma once

namespace gameday::test {

constexpr int attempts_most = 20;

// The least of what is measured, in up to 20 attempts; the first below `enough` is the last.
template <class T>
T least_of(T enough, const auto& measure) {
    T least = measure();
    for (int i = 1; i < attempts_most && !(least < enough); ++i) {
        if (const T next = measure(); next < least) least = next;
    }
    return least;
}

// Whether it is so in one of up to 20 attempts.
bool holds_once(const auto& attempt) {
    for (int i = 0; i < attempts_most; ++i) {
        if (attempt()) return true;
    }
    return false;
}

}  // namespace gameday::test
