#include "tests/histories/wanted.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <vector>

namespace gameday::test {

namespace {

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

// The text behind a first word.
std::string rest_of(const std::string& line, const std::string& first) {
    const auto at = line.find(first) + first.size();
    const auto begin = line.find_first_not_of(' ', at);
    return begin == std::string::npos ? "" : line.substr(begin);
}

std::string any_holds(const std::vector<std::string>& texts, const std::string& words) {
    const auto holds = [&](const auto& text) { return text.find(words) != std::string::npos; };
    if (!words.empty() && std::ranges::any_of(texts, holds)) return {};
    return fmt::format("seen: {}", fmt::join(texts, " | "));
}

// "5" is exactly that, give or take what decimals of doubles are.
std::optional<Interval<double>> stretch(const std::string& word) {
    const auto dots = word.find("..");
    std::istringstream low(word.substr(0, dots));
    Interval<double> result{};
    if (!(low >> result.low)) return std::nullopt;
    result.high = result.low;
    if (dots != std::string::npos) {
        std::istringstream high(word.substr(dots + 2));
        const bool is_endless = high.str() == "inf";
        if (is_endless) result.high = std::numeric_limits<double>::infinity();
        if (!is_endless && !(high >> result.high)) return std::nullopt;
    }
    constexpr double rounding = 1e-9;
    return Interval<double>{result.low - rounding, result.high + rounding};
}

bool lies(double value, const Interval<double>& in) { return value >= in.low && value <= in.high; }

// The words for a value against the value: "absent", "LOW", "LOW HIGH", "LOW open".
std::string value_against(const std::vector<std::string>& words,
                          const std::optional<Interval<double>>& value, const std::string& seen) {
    if (words == std::vector<std::string>{"absent"}) return value ? seen : "";
    if (!value || words.empty() || words.size() > 2) return seen;
    const auto low = stretch(words.front());
    if (!low) return "the line says no value";
    const bool is_open = words.back() == "open";
    const auto high = is_open ? low : stretch(words.back());
    if (!high) return "the line says no value";
    const bool ends =
        is_open ? value->high == std::numeric_limits<double>::infinity() : lies(value->high, *high);
    return lies(value->low, *low) && ends ? "" : seen;
}

std::string text_of(const std::optional<Interval<double>>& value) {
    return value ? fmt::format("{:.6g} {:.6g}", value->low, value->high) : "absent";
}

std::string metric_against(const std::vector<std::string>& words, const Report& report) {
    std::size_t at = 1;
    std::string fault;
    if (at + 1 < words.size() && words[at] == "of") {
        fault = words[at + 1];
        at += 2;
    }
    if (at + 1 >= words.size()) return "the line says nothing";
    const std::string& grade = words[at];
    const std::vector<std::string> value(words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                         words.end());
    std::string seen;
    for (const auto& finding : report.findings) {
        const auto& measured = finding.measurement;
        if (finding.target.metric != words.front() || grade == "-") continue;
        if (!fault.empty() && measured.fault != fault) continue;
        seen += fmt::format("{} of \"{}\" {} {}; ", words.front(), measured.fault,
                            name_of(finding.grade), text_of(measured.value));
        if (name_of(finding.grade) != grade) continue;
        if (value_against(value, measured.value, seen).empty()) return {};
    }
    for (const auto& measured : report.measurements) {
        if (measured.metric != words.front() || grade != "-") continue;
        if (!fault.empty() && measured.fault != fault) continue;
        seen += fmt::format("{} of \"{}\" {} {}; ", words.front(), measured.fault,
                            text_of(measured.value), measured.why);
        if (value_against(value, measured.value, seen).empty()) return {};
    }
    return "seen: " + (seen.empty() ? "nothing of that name" : seen);
}

std::string figure_against(const std::vector<std::string>& words, const Report& report) {
    if (words.size() < 4) return "the line says nothing";
    const std::vector<std::string> value(words.begin() + 3, words.end());
    std::string seen = "seen: ";
    for (const auto& measured : report.measurements) {
        for (const auto& figure : measured.figures) {
            if (measured.metric != words[1] || figure.name != words[2]) continue;
            seen += text_of(figure.value) + "; ";
            if (value_against(value, figure.value, seen).empty()) return {};
        }
    }
    return seen;
}

std::vector<std::string> all_told(const Report& report) {
    auto told = report.reasons;
    told.insert(told.end(), report.warnings.begin(), report.warnings.end());
    for (const auto& measured : report.measurements) told.push_back(measured.why);
    return told;
}

}  // namespace

std::string against(const std::string& line, const Judged& judged) {
    const auto words = words_of(line);
    if (words.size() < 2) return "the line says nothing";
    const std::string& first = words.front();
    if (first == "error") {
        std::vector<std::string> errors;
        for (const auto& error : judged.errors) errors.push_back(error.message);
        return any_holds(errors, rest_of(line, first));
    }
    if (first == "exit") {
        const int code = judged.report ? exit_code(judged.report->verdict) : exit_usage;
        return words[1] == std::to_string(code) ? "" : fmt::format("seen: {}", code);
    }
    if (!judged.report) return "refused: " + judged.errors.at(0).message;
    const Report& report = *judged.report;
    if (first == "verdict") {
        const auto verdict = name_of(report.verdict);
        return words[1] == verdict
                   ? ""
                   : fmt::format("seen: {}: {}", verdict, fmt::join(report.reasons, " | "));
    }
    if (first == "reason") return any_holds(report.reasons, rest_of(line, first));
    if (first == "told") return any_holds(all_told(report), rest_of(line, first));
    if (first == "no") {
        const bool any = any_holds(report.reasons, rest_of(line, "reason")).empty();
        return any ? fmt::format("seen: {}", fmt::join(report.reasons, " | ")) : "";
    }
    if (first == "figure") return figure_against(words, report);
    return metric_against(words, report);
}

}  // namespace gameday::test
