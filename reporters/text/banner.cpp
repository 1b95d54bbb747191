#include "reporters/text/banner.hpp"

#include <array>
#include <cstddef>

namespace gameday::reporters {

namespace {

struct Glyph {
    char letter;
    std::array<std::string_view, 5> rows;
};

constexpr std::array<Glyph, 18> glyphs{{
    {'A', {" #### ", "##  ##", "######", "##  ##", "##  ##"}},
    {'B', {"##### ", "##  ##", "##### ", "##  ##", "##### "}},
    {'C', {" #####", "##    ", "##    ", "##    ", " #####"}},
    {'D', {"##### ", "##  ##", "##  ##", "##  ##", "##### "}},
    {'E', {"######", "##    ", "##### ", "##    ", "######"}},
    {'F', {"######", "##    ", "##### ", "##    ", "##    "}},
    {'I', {"##", "##", "##", "##", "##"}},
    {'L', {"##    ", "##    ", "##    ", "##    ", "######"}},
    {'N', {"##   ##", "###  ##", "## # ##", "##  ###", "##   ##"}},
    {'O', {" #### ", "##  ##", "##  ##", "##  ##", " #### "}},
    {'P', {"##### ", "##  ##", "##### ", "##    ", "##    "}},
    {'R', {"##### ", "##  ##", "##### ", "## ## ", "##  ##"}},
    {'S', {" #####", "##    ", " #### ", "    ##", "##### "}},
    {'T', {"######", "  ##  ", "  ##  ", "  ##  ", "  ##  "}},
    {'U', {"##  ##", "##  ##", "##  ##", "##  ##", " #### "}},
    {'V', {"##  ##", "##  ##", "##  ##", " #### ", "  ##  "}},
    {'Y', {"##  ##", "##  ##", " #### ", "  ##  ", "  ##  "}},
    {' ', {"   ", "   ", "   ", "   ", "   "}},
}};

const Glyph& glyph_of(char letter) {
    for (const Glyph& glyph : glyphs) {
        if (glyph.letter == letter) return glyph;
    }
    return glyphs.back();
}

}  // namespace

std::string banner(std::string_view word) {
    std::string out;
    for (std::size_t row = 0; row < 5; ++row) {
        std::string line = "  ";
        for (const char letter : word) {
            for (const char dot : glyph_of(letter).rows.at(row)) {
                line += dot == '#' ? "█" : " ";
            }
            line += "  ";
        }
        while (line.ends_with(' ')) line.pop_back();
        out += line + "\n";
    }
    return out;
}

}  // namespace gameday::reporters
