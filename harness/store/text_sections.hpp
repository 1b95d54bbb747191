// A text in sections, "[nodes]" and so on: the outermost grammar of evidence as text.
#pragma once

#include "harness/base/result.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::store {

struct TextLine {
    std::size_t number = 0;  // in the text, from 1
    std::string_view text;
};

struct TextSection {
    std::size_t number = 0;  // of the line with its title
    std::vector<TextLine> lines;
};

// By title. Views into the text.
using TextSections = std::map<std::string, TextSection, std::less<>>;

// "line 12: …", code `invalid`.
Error wrong_line(std::size_t line, std::string_view message);

// Lines that are empty, or comments that begin with '#', are left out; but a section "scenario"
// that begins with a brace is JSON, and has all its lines. `invalid` for a section that has no
// meaning, stands twice, or for lines before the first.
Result<TextSections> split_sections(std::string_view text);

}  // namespace gameday::store
