#include "reporters/common/words.hpp"

#include "tests/support/catch.hpp"

using namespace gameday::reporters;

TEST_CASE("broken UTF-8 becomes replacement characters, one for each stray byte") {
    CHECK(valid_utf8("a\xff"
                     "b") ==
          "a\uFFFD"
          "b");
    CHECK(valid_utf8("\xc0\xaf") == "\uFFFD\uFFFD");                 // overlong slash
    CHECK(valid_utf8("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");       // a surrogate
    CHECK(valid_utf8("\xf4\x90\x80\x80").substr(0, 3) == "\uFFFD");  // above U+10FFFF
    CHECK(valid_utf8("\xe2\x80") == "\uFFFD\uFFFD");                 // cut off
    CHECK(valid_utf8("1.40–1.52 s 世界 😀") == "1.40–1.52 s 世界 😀");
}

TEST_CASE("clean text is one line without controls, escapes and overrides") {
    CHECK(clean("a\nb\tc\rd") == "a b c d");
    CHECK(clean("\x1b[31mred\x01\x7f") == "[31mred");
    CHECK(clean("a\u202Eb\u2066c\uFEFF\uFFFE\uFFFFd") == "abcd");
}

TEST_CASE("markup is escaped for each format") {
    CHECK(xml("<a b=\"c\" d='e'>&]]>") == "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;]]&gt;");
    CHECK(markdown_text("a|b`c*d_e[f](g)<h>@i") == "a\\|b\\`c\\*d\\_e\\[f\\](g)&lt;h&gt;&#64;i");
}

TEST_CASE("width counts columns, not bytes") {
    CHECK(width("1.40–1.52 s") == 11);
    CHECK(width("世界") == 4);
    CHECK(width("e\u0301") == 1);
    CHECK(pad("–", 3) == "–  ");
    CHECK(pad("long", 2) == "long");
}

TEST_CASE("wrapping breaks at spaces, and inside a word only when it must") {
    CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
    CHECK(wrap("abcdefgh", 3) == std::vector<std::string>{"abc", "def", "gh"});
    // Figures are kept together, and never broken in a number or before a unit.
    CHECK(wrap("lost\u00A0after\u00A0the\u00A0fault\u00A0320", 12) ==
          std::vector<std::string>{"lost\u00A0after", "the\u00A0fault", "320"});
    CHECK(wrap("age\u00A0of\u00A0it\u00A013.2–13.3\u00A0ms", 12) ==
          std::vector<std::string>{"age\u00A0of\u00A0it", "13.2–13.3\u00A0ms"});
    CHECK(wrap("", 10) == std::vector<std::string>{""});
    CHECK(wrap("世界世界", 4) == std::vector<std::string>{"世界", "世界"});
    CHECK(wrap("a  b", 9) == std::vector<std::string>{"a b"});
}

TEST_CASE("shortened text says that it was cut") {
    CHECK(shorten("abcdef", 4) == "abc…");
    CHECK(shorten("abc", 4) == "abc");
    CHECK(shorten("世界世界", 4) == "世…");
}
