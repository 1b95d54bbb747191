// Measurements, targets, grades and the verdict: how a figure becomes passed or failed.
#pragma once

#include "harness/base/interval.hpp"
#include "harness/model/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gameday {

enum class Unit : std::uint8_t { seconds, share, count, per_second };

// A sub-figure of a measurement, or a phase of it: named, for reports.
struct Figure {
    std::string name;  // "detect", "lost_acked_share", "dwell_min"
    Unit unit = Unit::count;
    std::optional<Interval<double>> value;  // absent: "absent instants are said to be absent"
    bool operator==(const Figure&) const = default;
};

// What one measure claims about one scope. `value` absent: it could not be measured, `why` says
// why. An infinite high end is "> low": not over before the end of the observed window.
struct Measurement {
    std::string measure;        // "rto"
    std::string metric;         // "rto_write"; what targets name
    std::string title;          // of the metric, for people: "RTO, writes"
    std::string client_region;  // "" = all
    std::string fault;          // name of the step it is about; "" = the whole run
    Unit unit = Unit::seconds;
    std::optional<Interval<double>> value;
    std::string why;         // reason when absent; else remarks worth printing
    std::string criterion;   // start, end and criterion in words, printed with the number
    std::string too_thin{};  // why its load can not tell the level: never met then; "" else
    std::vector<std::uint64_t> witnesses;  // seq of operations that prove it (at most 20)
    std::vector<Figure> figures;
    std::optional<Interval<Instant>> from, to;  // for the timeline: the edges, if it has any
    bool operator==(const Measurement&) const = default;
};

enum class Grade : std::uint8_t { met, missed, inconclusive };

// met when the whole interval satisfies the target, missed when none of it does, else inconclusive.
// A measurement without a value is inconclusive. Values compare exactly: nothing is rounded.
Grade grade(const TargetSpec& target, const Measurement& measurement);

struct Finding {
    TargetSpec target;
    Grade grade = Grade::inconclusive;
    Measurement measurement;  // the worst one that the target names
    std::string reason;       // one sentence for people
};

enum class Verdict : std::uint8_t { passed, failed, inconclusive, aborted, refused, dirty };

// The exit code: harness/app/README.md.
int exit_code(Verdict verdict);
inline constexpr int exit_usage = 64;
inline constexpr int exit_bug = 70;

std::string_view name_of(Grade grade);
std::string_view name_of(Verdict verdict);
std::string_view name_of(Unit unit);

// "1.52 s", "0.998", "17": the value with its unit; intervals as "1.40–1.52 s", "> 10 s".
std::string format_value(double value, Unit unit);
std::string format_interval(const Interval<double>& value, Unit unit);

}  // namespace gameday
