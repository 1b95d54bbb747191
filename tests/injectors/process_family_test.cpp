// Faults on a process hit all that descend from it, and leave none of them as they were hit.
#include "harness/ports/device.hpp"
#include "injectors/devices/process/actions.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace process_family_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace process = gameday::devices::process;

namespace {

constexpr FaultId one{1};
const process::Target node{"node-1", "{run_dir}/node.pid", 0};

std::unique_ptr<Device> device_in(const Scratch& scratch) {
    auto device = devices::process_kind.make({nullptr, scratch.path(), 1});
    REQUIRE(is_good(device->ready()));
    return device;
}

// A restart command that starts a server behind its back and returns.
process::Restart background() {
    return {{"/bin/sh", "-c", "sleep 1000 & echo $! > {run_dir}/node.pid"}, "", 10s};
}

// A server that is a parent, a child in a session of its own, and a grandchild: their pids, in
// order. All write to one file, a letter in ten milliseconds.
std::vector<pid_t> family_in(Scratch& scratch) {
    const auto pid_of = [&](const char* name) { return std::atoi(scratch.read(name).c_str()); };
    const std::string folder = "cd \"" + scratch.path() + "\"; ";
    const pid_t parent = scratch.spawn(
        "node.pid", {"/bin/sh", "-c",
                     folder + "setsid sh -c 'echo $$ > child; sleep 1000 & echo $! > grandchild; "
                              "while :; do echo x >> told; sleep 0.01; done' & wait"});
    REQUIRE(comes_true([&] { return pid_of("grandchild") > 1; }));
    scratch.owns("child");
    scratch.owns("grandchild");
    return {parent, pid_of("child"), pid_of("grandchild")};
}

bool nobody_tells(const Scratch& scratch) {
    const auto size = scratch.read("told").size();
    std::this_thread::sleep_for(100ms);
    return scratch.read("told").size() == size;
}

// Room for so many more open files in this process, while it lives.
class FewFiles {
 public:
    explicit FewFiles(rlim_t more) {
        const int next = ::dup(0);
        ::close(next);
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit few{static_cast<rlim_t>(next) + more, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewFiles(const FewFiles&) = delete;
    FewFiles& operator=(const FewFiles&) = delete;

 private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("kill leaves none that descended from the process, whatever its session") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto family = family_in(scratch);
    REQUIRE(is_good(device->perform(one, process::kill(node))));
    CHECK(state_of(family.at(0)) == 'Z');  // the others are not ours to reap
    CHECK(
        comes_true([&] { return state_of(family.at(1)) == ' ' || state_of(family.at(1)) == 'Z'; }));
    CHECK(
        comes_true([&] { return state_of(family.at(2)) == ' ' || state_of(family.at(2)) == 'Z'; }));
    CHECK(nobody_tells(scratch));
    CHECK(device->affected(one) >= 3);  // a sleep between two letters as well
}

TEST_CASE("stop leaves none awake that descends from the process, and cont wakes all of them") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto family = family_in(scratch);
    REQUIRE(is_good(device->perform(one, process::stop(node))));
    for (const pid_t each : family) CHECK(state_of(each) == 'T');
    CHECK(nobody_tells(scratch));
    CHECK(device->affected(one) >= 3);
    CHECK(device->trouble(one).empty());
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    for (const pid_t each : family) CHECK(comes_true([&] { return is_awake(each); }));
    CHECK(comes_true([&] { return !nobody_tells(scratch); }));
}

TEST_CASE("those whose parent is gone by the time of the heal are woken all the same") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto family = family_in(scratch);
    REQUIRE(is_good(device->perform(one, process::stop(node))));
    REQUIRE(::kill(family.at(0), SIGKILL) == 0);
    REQUIRE(comes_true([&] { return state_of(family.at(0)) == 'Z'; }));
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    CHECK(is_awake(family.at(1)));
    CHECK(is_awake(family.at(2)));
    CHECK(device->trouble(one).find("was gone before the fault was healed") != std::string::npos);
}

TEST_CASE("a child that runs again before the heal has ended the fault early") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto family = family_in(scratch);
    REQUIRE(is_good(device->perform(one, process::stop(node))));
    REQUIRE(::kill(family.at(2), SIGCONT) == 0);
    REQUIRE(comes_true([&] { return is_awake(family.at(2)); }));
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    CHECK(device->trouble(one) == "node-1: ended early: process " + std::to_string(family.at(2)) +
                                      ", which was stopped, ran again before the fault was healed");
}

TEST_CASE("a process that was left standing by a run that died between stop and kill is woken") {
    Scratch scratch;
    const auto family = family_in(scratch);
    REQUIRE(is_good(device_in(scratch)->perform(one, process::stop(node))));
    REQUIRE(is_good(device_in(scratch)->perform(one, process::restart(node, background()))));
    for (const pid_t each : family) CHECK(is_awake(each));
}

TEST_CASE("who recovers wakes children whose stopped parent somebody else has killed") {
    Scratch scratch;
    const auto family = family_in(scratch);
    REQUIRE(is_good(device_in(scratch)->perform(one, process::stop(node))));
    REQUIRE(::kill(family.at(0), SIGKILL) == 0);
    REQUIRE(comes_true([&] { return state_of(family.at(0)) == 'Z'; }));
    const bool by_restart = GENERATE(false, true);
    REQUIRE(is_good(device_in(scratch)->perform(
        one, by_restart ? process::restart(node, background()) : process::cont(node))));
    if (by_restart) scratch.owns("node.pid");
    CHECK(is_awake(family.at(1)));
    CHECK(is_awake(family.at(2)));
    CHECK(scratch.read("stopped_processes").empty());
}

TEST_CASE("whom we cannot look at is not nobody: the fault fails, and all of them are awake") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto family = family_in(scratch);
    const bool kills = GENERATE(false, true);
    const rlim_t files = GENERATE(0U, 1U, 2U);
    Result<void> done;
    {
        const FewFiles few(files);
        done = device->perform(one, kills ? process::kill(node) : process::stop(node));
    }
    REQUIRE(done.has_error());
    INFO(done.error().message);
    REQUIRE(
        is_good(device->perform(one, kills ? process::restart(node, {}) : process::cont(node))));
    for (const pid_t each : family) CHECK(comes_true([&] { return is_awake(each); }));
    CHECK(scratch.read("stopped_processes").empty());
}

}  // namespace process_family_test
