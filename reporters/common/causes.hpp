// Why operations were not good, in words. As in facts.hpp, strings are as they came.
#pragma once

#include "harness/model/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gameday::reporters {

struct CauseRow {
    std::string load;    // its name
    std::string verb;    // "reads", "writes"
    std::string why;     // "unexpected answer: HTTP 404", "answered late: later than 500 ms"
    std::string count;   // "1204"
    std::string first;   // "+3.21 s", since time zero
    std::string sample;  // the first answer; "" when there was none
};
// The most frequent first.
std::vector<CauseRow> cause_rows(const Report& report);

inline constexpr std::string_view causes_title = "Why operations were not good";

// "no answer in time" of timed_out.
std::string_view cause_words(Cause cause);

}  // namespace gameday::reporters
