// Evidence alone as text, and back: a history without its scenario.
#pragma once

#include "harness/store/evidence_text.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace gameday::test {

inline std::string format_evidence(const Evidence& evidence, store::TextLimits limits = {}) {
    std::string text;
    store::print_history(evidence, "", limits, [&](std::string_view piece) { text += piece; });
    return text;
}

inline Result<Evidence> parse_evidence(std::string_view text) {
    auto history = store::parse_history(text);
    if (!history) return history.error();
    return std::move(history->evidence);
}

}  // namespace gameday::test
