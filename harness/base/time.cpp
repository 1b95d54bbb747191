#include "harness/base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace gameday {

namespace {

struct UnitName {
    std::string_view name;
    std::int64_t nanoseconds;
};

constexpr std::array<UnitName, 7> units{{{"ns", 1},
                                         {"us", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"min", 60'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

std::optional<std::int64_t> unit_named(std::string_view name) {
    for (const auto& unit : units) {
        if (unit.name == name) return unit.nanoseconds;
    }
    return std::nullopt;
}

Error not_a_duration(std::string_view text, std::string_view advice) {
    return invalid("\"{}\" is not a duration, write {}", text, advice);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    constexpr std::string_view examples = "for example \"200ms\", \"5s\", \"2m\" or \"1h30m\"";
    const std::string_view whole = text;
    if (text.empty()) return not_a_duration(whole, examples);
    double total = 0;
    while (!text.empty()) {
        std::size_t digits = 0;
        while (
            digits < text.size() &&
            (std::isdigit(static_cast<unsigned char>(text[digits])) != 0 || text[digits] == '.')) {
            ++digits;
        }
        if (digits == 0) return not_a_duration(whole, examples);
        const std::string number(text.substr(0, digits));
        text.remove_prefix(digits);
        std::size_t letters = 0;
        while (letters < text.size() &&
               std::isalpha(static_cast<unsigned char>(text[letters])) != 0) {
            ++letters;
        }
        if (letters == 0) {
            if (!text.empty()) return not_a_duration(whole, examples);
            return invalid("\"{0}\" has no unit, write \"{0}s\" or \"{0}ms\"", whole);
        }
        const auto unit = unit_named(text.substr(0, letters));
        if (!unit) {
            return not_a_duration(whole, "a unit of ns, us, ms, s, m or h, for example \"200ms\"");
        }
        text.remove_prefix(letters);
        char* end = nullptr;
        const double value = std::strtod(number.c_str(), &end);
        if (*end != '\0') return not_a_duration(whole, examples);
        total += value * static_cast<double>(*unit);
    }
    // Sums of a few of them fit into 64 bits.
    if (total > 3.6e17) return not_a_duration(whole, "at most 100000h");
    return Duration(std::llround(total));
}

std::string format_duration(Duration duration) {
    const auto ns = duration.count();
    if (ns == 0) return "0 s";
    if (ns < 0) return "-" + format_duration(-duration);
    const double s = seconds(duration);
    // Three significant digits, and the thresholds sit where rounding would carry into the next.
    if (ns < 1'000) return fmt::format("{} ns", ns);
    if (s < 0.9995e-3) return fmt::format("{:.3g} us", s * 1e6);
    if (s < 0.9995) return fmt::format("{:.3g} ms", s * 1e3);
    if (s < 99.95) return fmt::format("{:.3g} s", s);
    const auto whole = std::llround(s);
    if (whole < 120) return fmt::format("{} s", whole);
    if (whole < 7200) return fmt::format("{} min {} s", whole / 60, whole % 60);
    return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string duration_literal(Duration duration) {
    const auto ns = duration.count();
    if (ns % 1'000'000'000 == 0) return fmt::format("{}s", ns / 1'000'000'000);
    if (ns % 1'000'000 == 0) return fmt::format("{}ms", ns / 1'000'000);
    if (ns % 1'000 == 0) return fmt::format("{}us", ns / 1'000);
    return fmt::format("{}ns", ns);
}

}  // namespace gameday
