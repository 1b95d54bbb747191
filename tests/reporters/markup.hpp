// A strict reader of XML (and of HTML written as XML), for tests of well-formedness.
#pragma once

#include <string>
#include <string_view>

namespace gameday::test {

// "" when the text is well formed, else what is wrong and where. Checked: elements nest and close,
// attributes are quoted and named once, < & and ]]> appear only as markup, references are the five
// of XML or numeric, characters are those that XML 1.0 section 2.2 allows, in valid UTF-8.
std::string markup_fault(std::string_view text);

}  // namespace gameday::test
