#include "harness/probes/replication_lag/marker_lag.hpp"

#include "harness/base/interval.hpp"
#include "harness/base/time.hpp"
#include "tests/support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

using namespace gameday;
using namespace std::chrono_literals;

TEST_CASE("the lag is between the marker that is there and the first that is missing") {
    using probes::Marker;
    const auto marker = [](std::uint64_t value, int sent, int answered, bool acked = true) {
        return Marker{
            value,
            {at(std::chrono::milliseconds(sent)), at(std::chrono::milliseconds(answered))},
            acked};
    };
    const std::vector<Marker> markers{marker(1, 100, 102), marker(2, 200, 203),
                                      marker(3, 300, 390, false), marker(4, 400, 401)};
    const auto lag = [&](std::uint64_t found, int low, int high) {
        return probes::marker_lag(
            markers, found,
            {at(std::chrono::milliseconds(low)), at(std::chrono::milliseconds(high))}, 100ms);
    };
    using L = std::optional<Interval<Duration>>;
    // Marker 4 is the newest: nothing known to be missing, 450 − 400 at most.
    CHECK(lag(4, 440, 450) == L({0ms, 50ms}));
    // Marker 2 is there, 3 was never acknowledged, 4 is missing: 440 − 401 to 450 − 200.
    CHECK(lag(2, 440, 450) == L({39ms, 250ms}));
    // Marker 3 took effect although nobody said so: 4 is missing.
    CHECK(lag(3, 440, 450) == L({39ms, 150ms}));
    // Nothing is there: 1 is missing, 440 − 102 to 450 − 100.
    CHECK(lag(0, 440, 450) == L({338ms, 350ms}));
    // Marker 4 was acknowledged only after we asked.
    CHECK(lag(2, 395, 399) == L({0ms, 199ms}));
    // No marker for more than three intervals: no statement.
    CHECK(lag(4, 800, 801) == L());
    CHECK(probes::marker_lag({}, 0, {at(0ms), at(1ms)}, 100ms) == L());
}
