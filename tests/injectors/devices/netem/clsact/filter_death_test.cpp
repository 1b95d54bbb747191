// What becomes of filters when the process that made them dies or hangs.
#include "injectors/devices/common/kernel/lease_keeper.hpp"
#include "injectors/devices/netem/clsact/hooks.hpp"
#include "injectors/devices/netem/clsact/ranks.hpp"
#include "tests/injectors/devices/netem/clsact/filter_bench.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Side;
using netem::Steered;

namespace {

// A child that puts the fault in force, tells us, and waits to be killed.
pid_t steering_child(FilterBench& bench, const std::vector<Steered>& faults,
                     const netem::Ends& ends) {
    std::fflush(stdout);
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        static const auto steering = bench.open();
        static kernel::LeaseKeeper keeper;
        const char good = steering->replace(faults, ends) ? 'y' : 'n';
        keeper.keep(steering, faults.front().lease);
        (void)!::write(told[1], &good, 1);
        for (;;) ::pause();
    }
    char good = 'n';
    (void)!::read(told[0], &good, 1);
    ::close(told[0]);
    ::close(told[1]);
    REQUIRE(good == 'y');
    return pid;
}

}  // namespace

TEST_CASE("killed, the filters are off at once, and another process finds the rest", "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(faults);
    const auto traffic = bench.towards(Side::egress);
    Duration longest{};
    for (int i = 0; i < 10; ++i) {
        const pid_t pid = steering_child(bench, faults, ends);
        bench.set_down(ends.begin()->second.device);
        CHECK_FALSE(traffic->passes(30ms));
        ::kill(pid, SIGKILL);
        const auto took = traffic->passes_after(5s);
        longest = std::max(longest, took);
        CHECK(took <= 1s);  // a busy machine; tests/vm holds 100 ms
        ::waitpid(pid, nullptr, 0);
        CHECK(bench.clsact().find("dev wire") != std::string::npos);
        REQUIRE(netem::remove_marked(bench.route, netem::mark_of(filters_run)).has_value());
        CHECK(bench.clsact() == "");
        REQUIRE(bench.hosts.at_near("ip link set " + ends.begin()->second.device + " up") == 0);
    }
    std::printf("filters off after kill -9: %s at most\n", format_duration(longest).c_str());
}

TEST_CASE("stopped, the filters are off when the lease ends, and do not come back", "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress), 600ms)};
    const auto ends = bench.ends(faults);
    const auto traffic = bench.towards(Side::egress);
    const pid_t pid = steering_child(bench, faults, ends);
    bench.set_down(ends.begin()->second.device);
    std::this_thread::sleep_for(1200ms);  // the lease is renewed meanwhile
    CHECK_FALSE(traffic->passes(30ms));
    ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(100ms);
    CHECK_FALSE(traffic->passes(30ms));
    std::this_thread::sleep_for(700ms);
    CHECK(traffic->passes(100ms));
    ::kill(pid, SIGCONT);
    std::this_thread::sleep_for(400ms);
    CHECK(traffic->passes(100ms));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST_CASE("recovery alone is enough when the reaper was killed as well", "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(faults);
    const pid_t pid = steering_child(bench, faults, ends);
    bench.set_down(ends.begin()->second.device);
    // Its only child is the reaper.
    const auto listed = fmt::format("/proc/{0}/task/{0}/children", pid);
    FILE* const file = std::fopen(listed.c_str(), "r");
    REQUIRE(file != nullptr);
    int reaper = 0;
    REQUIRE(std::fscanf(file, "%d", &reaper) == 1);
    std::fclose(file);
    ::kill(reaper, SIGKILL);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    const auto traffic = bench.towards(Side::egress);
    CHECK_FALSE(traffic->passes(100ms));
    REQUIRE(netem::remove_marked(bench.route, netem::mark_of(filters_run)).has_value());
    CHECK(traffic->passes(100ms));
    CHECK(bench.clsact() == "");
}
