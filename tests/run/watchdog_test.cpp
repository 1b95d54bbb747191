#include "harness/run/watchdog.hpp"

#include "tests/support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

using namespace gameday;
using namespace gameday::run;
using namespace std::chrono_literals;

namespace {

// Looks of a thread that was to wake after 50 ms, and woke so much later.
bool judged(Duration late, std::optional<Duration> waited, Duration boot = {}, Duration real = {}) {
    ClockLook before;
    ClockLook after;
    before.at = at(10s);
    after.at = at(10s + 50ms + late);
    if (waited) before.waited = 7s;
    if (waited) after.waited = 7s + *waited;
    after.boot_ahead = boot;
    after.real_ahead = real;
    return was_suspended(before, after, 50ms);
}

}  // namespace

TEST_CASE("a look that is late though it did not wait for a processor was suspended") {
    CHECK(judged(300ms, 0ms));
    CHECK(judged(300ms, std::nullopt));  // the kernel does not tell: the safe reading
    CHECK(judged(600ms, 200ms));
}

TEST_CASE("a look that waited for a busy processor was late, not suspended") {
    CHECK_FALSE(judged(300ms, 290ms));
    CHECK_FALSE(judged(900ms, 500ms));
    CHECK_FALSE(judged(200ms, 0ms));
    CHECK_FALSE(judged(0ms, 0ms));
}

TEST_CASE("whatever held it up for a second suspended it") { CHECK(judged(1s, 1s)); }

TEST_CASE("clocks that part from the steady one tell of a machine that slept, or was set") {
    CHECK(judged(0ms, 0ms, 100ms));
    CHECK(judged(0ms, 0ms, 0ms, 250ms));
    CHECK(judged(0ms, 0ms, 0ms, -1h));
    CHECK_FALSE(judged(0ms, 0ms, 1ms, -20ms));  // slewed
}

TEST_CASE("a process that was stopped knows when") {
    // The child looks for 1.5 s, of which it is stopped for 500 ms, and says what it saw.
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const SteadyClock clock;
        const Watchdog watchdog(clock);
        while (clock.now() < at(1500ms)) std::this_thread::sleep_for(10ms);
        const auto seen = watchdog.suspended();
        bool good = !seen.empty();
        for (const auto& each : seen) good = good && each.width() >= 300ms;
        ::_exit(good ? 0 : 1);
    }
    std::this_thread::sleep_for(300ms);
    ::kill(child, SIGSTOP);
    std::this_thread::sleep_for(600ms);
    ::kill(child, SIGCONT);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
