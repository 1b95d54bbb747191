// Time: a run's own clock, instants since the run began, and duration text both ways.
//
// RunClock has no now(): pure code cannot read a clock, it is given instants.
#pragma once

#include "harness/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gameday {

struct RunClock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<RunClock>;
    static constexpr bool is_steady = true;
};

using Duration = RunClock::duration;
using Instant = RunClock::time_point;  // since the run began, one steady clock, one process

// Reads "200ms", "1.5s", "2m", "1h30m", "250us", "10ns", "0s". Not negative. An error names the
// text seen and, for a bare number, what to write instead.
Result<Duration> parse_duration(std::string_view text);

// The shortest exact-looking text for people: "0 s", "850 us", "12.3 ms", "1.52 s", "3 min 20 s".
std::string format_duration(Duration duration);

// The text that parse_duration reads back without loss: "1500ms", "3s".
std::string duration_literal(Duration duration);

constexpr double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}
constexpr double seconds(Instant instant) { return seconds(instant.time_since_epoch()); }
constexpr Instant at(Duration since_begin) { return Instant(since_begin); }
constexpr Duration from_seconds(double value) {
    return Duration(static_cast<std::int64_t>(value * 1e9));
}

}  // namespace gameday
