// The text reporter: what a terminal shows at the end of a run, at most 100 columns wide.
#pragma once

#include "harness/model/report.hpp"

#include <string>

namespace gameday::reporters {

// What matters at once, within a screen: verdict, headline, reasons, targets, faults, warnings. The
// rendered report has the rest.
std::string summary(const Report& report);

// The rendered text with ANSI colours (SGR sequences) for a terminal: the verdict reversed in its
// colour, grades in theirs, headings bold. Take the colours away and the same text remains.
std::string colour(std::string text, Verdict verdict);

}  // namespace gameday::reporters
