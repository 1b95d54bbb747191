// The text reporter: what a terminal shows at the end of a run, at most 100 columns wide.
#pragma once

#include "harness/model/verdict.hpp"

#include <string>

namespace gameday::reporters {

// The rendered text with ANSI colours (SGR sequences) for a terminal: the banner in the colour of
// the verdict, grades in theirs, headings bold. Take the colours away and the same text remains.
std::string colour(std::string text, Verdict verdict);

}  // namespace gameday::reporters
