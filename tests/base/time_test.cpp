// Duration text both ways.
#include "harness/base/time.hpp"

#include "harness/base/random.hpp"
#include "tests/support/catch.hpp"

#include <limits>

namespace gameday {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a duration is read with its unit") {
    CHECK(*parse_duration("200ms") == 200ms);
    CHECK(*parse_duration("1.5s") == 1500ms);
    CHECK(*parse_duration("2m") == 2min);
    CHECK(*parse_duration("2min") == 2min);
    CHECK(*parse_duration("1h30m") == 90min);
    CHECK(*parse_duration("250us") == 250us);
    CHECK(*parse_duration("10ns") == 10ns);
    CHECK(*parse_duration("0s") == 0ns);
    CHECK(*parse_duration(".5s") == 500ms);
}

TEST_CASE("what is no duration is refused") {
    for (const char* text : {"", "s", "-1s", "1 s", "1x", "1..5s", ".s", "1e3s", "1h30", "5",
                             "nans", "1s ", " 1s", "99999999999h", "0x10s", "+1s"}) {
        INFO(text);
        const auto parsed = parse_duration(text);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error().code == ErrorCode::invalid);
    }
    CHECK(parse_duration("5").error().message == "\"5\" has no unit, write \"5s\" or \"5ms\"");
}

TEST_CASE("the literal of a duration reads back as the same duration") {
    Random random(1, "literals");
    // Below 2^53 ns (104 days) a double holds every nanosecond, so that nothing is lost on the way.
    for (int i = 0; i < 5000; ++i) {
        const Duration duration(static_cast<std::int64_t>(random.below(1ULL << random.below(53))));
        INFO(duration_literal(duration));
        CHECK(*parse_duration(duration_literal(duration)) == duration);
    }
}

TEST_CASE("a duration for people has three digits and carries into the next unit") {
    CHECK(format_duration(0ns) == "0 s");
    CHECK(format_duration(999ns) == "999 ns");
    CHECK(format_duration(12345us) == "12.3 ms");
    CHECK(format_duration(999400us) == "999 ms");
    CHECK(format_duration(999600us) == "1 s");
    CHECK(format_duration(1520ms) == "1.52 s");
    CHECK(format_duration(119400ms) == "119 s");
    CHECK(format_duration(119600ms) == "2 min 0 s");
    CHECK(format_duration(200s) == "3 min 20 s");
    CHECK(format_duration(90min) == "90 min 0 s");
    CHECK(format_duration(150min) == "2 h 30 min");
    CHECK(format_duration(-2s) == "-2 s");
}

TEST_CASE("seconds and back lose less than a nanosecond") {
    CHECK(from_seconds(1.5) == 1500ms);
    CHECK(seconds(at(250ms)) == 0.25);
}

TEST_CASE("an error tells where, from the outside in") {
    const Error inner{ErrorCode::refused, "5 is wrong"};
    CHECK(Error(inner).within("at").within("/faults/0") ==
          Error{ErrorCode::refused, "/faults/0: at: 5 is wrong"});
}

}  // namespace
}  // namespace gameday
