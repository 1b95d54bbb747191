// Text made safe and measured: what every reporter needs before it prints words it did not write.
//
// Names, reasons and labels come from scenario files and from systems under test, so they may hold
// anything: markup, quotes, broken UTF-8, terminal escapes, text that runs right to left.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::reporters {

// The text with every byte that is not valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

// Valid UTF-8 on one line: line breaks and tabs become a space; control characters, bidirectional
// overrides and non-characters (XML 1.0 section 2.2 forbids some of them) are dropped.
std::string clean(std::string_view text);

// Clean text for XML and HTML, in content and in quoted attributes: & < > " ' become references.
std::string xml(std::string_view text);

// Clean text for GitHub-flavoured Markdown, in paragraphs and table cells: nothing in it is markup.
std::string markdown_text(std::string_view text);

// Columns that clean text takes in a terminal: 0 for combining marks, 2 for wide East Asian
// characters and pictographs, else 1 (the ranges of Unicode Standard Annex 11, coarsely).
std::size_t width(std::string_view text);

// The text with spaces behind it up to `columns`; longer text is returned as it is.
std::string pad(std::string text, std::size_t columns);

// Lines of at most `columns` (at least 2), broken at spaces, and inside a word only when it is
// longer than a line. Never empty: the empty text is one empty line.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

// At most `columns` of the text, ending in "…" when something was cut off.
std::string shorten(std::string_view text, std::size_t columns);

}  // namespace gameday::reporters
