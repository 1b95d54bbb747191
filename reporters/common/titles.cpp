// The fixed words of reports: verdicts and grades.
#include "reporters/common/facts.hpp"

#include <array>
#include <cctype>

namespace gameday::reporters {

std::string verdict_word(Verdict verdict) {
    std::string word(name_of(verdict));
    for (char& each : word)
        each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
    return word;
}

std::string grade_mark(Grade grade) {
    constexpr std::array<std::string_view, 3> marks{"✓ ", "✗ ", "? "};
    return std::string(marks.at(static_cast<std::size_t>(grade))) + std::string(name_of(grade));
}

std::string_view meaning_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed: return "every target was met";
        case Verdict::failed: return "a target was missed";
        case Verdict::inconclusive: return "the run can not tell whether every target was met";
        case Verdict::aborted: return "the run was stopped before its end";
        case Verdict::refused: return "the run was not able or not safe to begin";
        case Verdict::dirty: return "something could not be healed; run gameday recover";
    }
    return {};
}

}  // namespace gameday::reporters
