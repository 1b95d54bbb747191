// The look of every HTML page of ours: light and dark, screen, phone and paper, no network.
#pragma once

#include <string_view>

namespace gameday::reporters {

// CSS for one <style> element. Contrast of text is 4.5:1 at least (WCAG 2.1, 1.4.3) in both
// schemes.
std::string_view page_style();

}  // namespace gameday::reporters
