#include "harness/ports/device.hpp"
#include "injectors/devices/process/actions.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace process_device_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace process = gameday::devices::process;

namespace {

constexpr FaultId one{1};
constexpr FaultId two{2};
const process::Target node{"node-1", "{run_dir}/node.pid", 0};

std::unique_ptr<Device> device_in(const Scratch& scratch) {
    auto device = devices::process_kind.make({nullptr, scratch.path(), 1});
    REQUIRE(is_good(device->ready()));
    return device;
}

// A restart command that is itself the server: it says who it is and stays.
process::Restart foreground() {
    return {{"/bin/sh", "-c", "echo $$ > {run_dir}/node.pid; exec sleep 1000"}, "", 10s};
}

// A restart command that starts a server behind its back and returns.
process::Restart starter() {
    return {{"/bin/sh", "-c", "sleep 1000 & echo $! > {run_dir}/node.pid"}, "", 10s};
}

pid_t pid_in(const Scratch& scratch) { return std::atoi(scratch.read("node.pid").c_str()); }

std::string message_of(const Result<void>& result) {
    return result ? std::string("no error") : result.error().message;
}

}  // namespace

TEST_CASE("every action comes back whole from what carries it") {
    const process::Target target{"n", "{run_dir}/n.pid", 41};
    const process::Restart how{{"{bin_dir}/serve", "n"}, "/x", 1500ms};
    const auto restart = process::restart(target, how);
    CHECK((process::target_of(restart) == target));
    CHECK((process::restart_of(restart) == how));
    CHECK((process::target_of(process::kill(target)) == target));
    CHECK_FALSE(is_good(process::target_of({"proxy", "kill", {{"pid_file", "x"}}})));
    CHECK_FALSE(is_good(process::target_of({"process", "kill", {{"node", "x"}}})));
    CHECK_FALSE(is_good(process::restart_of(process::kill(target))));
}

TEST_CASE("kill is over when the process is gone, and counts it") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
    CHECK(device->affected(one) == 0);
    REQUIRE(is_good(device->perform(one, process::kill(node))));
    CHECK(state_of(child) == 'Z');  // ours to reap: a zombie is as good as gone
    CHECK(device->affected(one) == 1);
    const auto again = device->perform(two, process::kill(node));
    CHECK(message_of(again) == "no error");  // the first fault keeps it down
    CHECK(device->affected(two) == 0);
}

TEST_CASE("kill reaches a process that ignores all it can, with several threads, stopped") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const pid_t child = scratch.spawn(
        "node.pid", {"/bin/sh", "-c", "trap '' TERM INT HUP; while :; do sleep 1; done"});
    REQUIRE(is_good(device->perform(two, process::stop(node))));
    REQUIRE(is_good(device->perform(one, process::kill(node))));
    CHECK(state_of(child) == 'Z');
}

TEST_CASE("stop is over when the process stands still, and cont wakes it, twice if asked") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
    REQUIRE(is_good(device->perform(one, process::stop(node))));
    CHECK(state_of(child) == 'T');
    CHECK(device->affected(one) == 1);
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    CHECK(is_awake(child));
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    CHECK(is_awake(child));
}

TEST_CASE("whoever gameday descends from is never signalled") {
    Scratch scratch;
    const auto verb = GENERATE(process::stop, process::kill);
    const pid_t parent = ::fork();
    if (parent == 0) {
        const pid_t self = ::getpid();
        const pid_t asking = ::fork();
        if (asking == 0) {
            const auto done = device_in(scratch)->perform(one, verb({"node-1", "", self}));
            ::_exit(!done && done.error().code == ErrorCode::refused ? 0 : 1);
        }
        int status = 1;
        ::waitpid(asking, &status, 0);
        ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    int status = 1;
    REQUIRE(::waitpid(parent, &status, WUNTRACED) == parent);
    if (WIFSTOPPED(status)) ::kill(parent, SIGKILL);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

TEST_CASE("a process that two faults stopped wakes with the second") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
    REQUIRE(is_good(device->perform(one, process::stop(node))));
    REQUIRE(is_good(device->perform(two, process::stop(node))));
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    CHECK(state_of(child) == 'T');
    REQUIRE(is_good(device->perform(two, process::cont(node))));
    CHECK(is_awake(child));
}

TEST_CASE("a process that two faults killed is restarted with the second") {
    Scratch scratch;
    const auto device = device_in(scratch);
    scratch.spawn("node.pid", {"sleep", "1000"});
    scratch.owns("node.pid");
    REQUIRE(is_good(device->perform(one, process::kill(node))));
    REQUIRE(is_good(device->perform(two, process::kill(node))));
    const pid_t dead = pid_in(scratch);
    REQUIRE(is_good(device->perform(one, process::restart(node, foreground()))));
    CHECK(pid_in(scratch) == dead);
    REQUIRE(is_good(device->perform(two, process::restart(node, foreground()))));
    CHECK(pid_in(scratch) != dead);
}

TEST_CASE("another process wakes what this one stopped, by the action alone") {
    Scratch scratch;
    const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
    REQUIRE(is_good(device_in(scratch)->perform(one, process::stop(node))));
    REQUIRE(is_good(device_in(scratch)->perform(one, process::cont(node))));
    CHECK(is_awake(child));
}

TEST_CASE("what was stopped wakes also when the pid file names another process by now") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const pid_t first = scratch.spawn("node.pid", {"sleep", "1000"});
    REQUIRE(is_good(device->perform(one, process::stop(node))));
    scratch.spawn("node.pid", {"sleep", "1000"});
    REQUIRE(is_good(device->perform(one, process::cont(node))));
    CHECK(is_awake(first));
}

TEST_CASE("healing what is gone, or was never there, succeeds") {
    Scratch scratch;
    const auto device = device_in(scratch);
    CHECK(is_good(device->perform(one, process::cont(node))));
    scratch.write("node.pid", "garbage");
    CHECK(is_good(device->perform(one, process::cont(node))));
}

TEST_CASE("restart brings a server back that outlives us and shares nothing with us") {
    Scratch scratch;
    scratch.spawn("node.pid", {"sleep", "1000"});
    scratch.owns("node.pid");
    const int leak = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
    std::signal(SIGUSR1, SIG_IGN);
    const auto how = GENERATE(foreground(), starter());
    const auto device = device_in(scratch);
    REQUIRE(is_good(device->perform(one, process::kill(node))));
    const pid_t dead = pid_in(scratch);
    REQUIRE(is_good(device->perform(one, process::restart(node, how))));
    std::signal(SIGUSR1, SIG_DFL);
    ::close(leak);

    const pid_t server = pid_in(scratch);
    CHECK(server != dead);
    // No child of ours is left, and the server's session and parent are not ours.
    REQUIRE(comes_true([&] { return is_awake(server); }));
    CHECK(::getsid(server) != ::getsid(0));
    CHECK(::waitpid(server, nullptr, WNOHANG) == -1);
    const std::filesystem::path proc = "/proc/" + std::to_string(server);
    // The loader of the new program holds its libraries open for a moment.
    CHECK(comes_true([&] {
        const auto open = std::filesystem::directory_iterator(proc / "fd");
        return std::distance(begin(open), end(open)) == 3;
    }));
    CHECK(std::filesystem::read_symlink(proc / "fd/0") == "/dev/null");
    CHECK(std::filesystem::read_symlink(proc / "fd/1") == scratch.path("restart.log"));

    REQUIRE(is_good(device->perform(one, process::restart(node, how))));  // it lives: nothing to do
    CHECK(pid_in(scratch) == server);
}

TEST_CASE("a restart command that fails is quoted with what it said") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto broken = process::restart(
        node, {{"/bin/sh", "-c", "echo reading; echo no such disk >&2; exit 3"}, "", 10s});
    CHECK(message_of(device->perform(one, broken)) ==
          "node-1: the restart command \"/bin/sh -c 'echo reading; echo no such disk >&2; exit "
          "3'\" exited with status 3; it said: reading | no such disk");
    const auto missing = process::restart(node, {{"./absent"}, scratch.path(), 10s});
    CHECK(message_of(device->perform(one, missing)) ==
          "node-1: cannot execute ./absent in " + scratch.path() + ": No such file or directory");
}

TEST_CASE("a restart that brings nothing to life is told when its time is up") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto idle = device->perform(one, process::restart(node, {{"true"}, "", 200ms}));
    REQUIRE_FALSE(is_good(idle));
    CHECK(idle.error().code == ErrorCode::timed_out);
    const auto waits = device->perform(one, process::restart(node, {{}, "", 100ms}));
    REQUIRE_FALSE(is_good(waits));
    CHECK(waits.error().message.find("something else has to restart it") != std::string::npos);
}

TEST_CASE("without a restart command, healing waits until something else has restarted it") {
    Scratch scratch;
    const auto device = device_in(scratch);
    scratch.spawn("node.pid", {"sleep", "1000"});
    REQUIRE(is_good(device->perform(one, process::kill(node))));
    scratch.spawn("supervisor",
                  {"/bin/sh", "-c",
                   "sleep 0.2; echo $$ > \"" + scratch.path("node.pid") + "\"; exec sleep 1000"});
    REQUIRE(is_good(device->perform(one, process::restart(node, {{}, "", 10s}))));
    CHECK(scratch.read("node.pid") == scratch.read("supervisor"));
}

TEST_CASE("the system's first process, and gameday itself, are never signalled") {
    Scratch scratch;
    const auto device = device_in(scratch);
    for (const pid_t pid : {1, ::getpid()}) {
        scratch.write("node.pid", std::to_string(pid));
        const auto refused = device->perform(one, process::stop(node));
        REQUIRE_FALSE(is_good(refused));
        CHECK(refused.error().code == ErrorCode::refused);
    }
    scratch.write("node.pid", "0");
    CHECK_FALSE(is_good(device->perform(one, process::stop(node))));
    CHECK(device->affected(one) == 0);
}

TEST_CASE("a fault on a process that is not there is no fault") {
    Scratch scratch;
    const auto device = device_in(scratch);
    CHECK(message_of(device->perform(one, process::kill(node))) ==
          "node-1: cannot read the pid file " + scratch.path("node.pid") +
              ": No such file or directory");
    const pid_t child = scratch.spawn("node.pid", {"true"});
    REQUIRE(comes_true([&] { return state_of(child) == 'Z'; }));
    const std::string gone = "node-1: process " + std::to_string(child) + " (" +
                             scratch.path("node.pid") + ") is not running";
    CHECK(message_of(device->perform(one, process::kill(node))) == gone);
    CHECK(message_of(device->perform(one, process::stop(node))) == gone);
    CHECK(message_of(device->perform(one, {"process", "melt", {{"pid", 5}}})) ==
          "\"process melt\" is not known, want kill, stop, cont or restart");
}

TEST_CASE("a run directory is asked for when the pid file is in it and there is none") {
    const auto device = devices::process_kind.make({nullptr, "", 1});
    const auto lost = device->perform(one, process::cont(node));
    REQUIRE_FALSE(is_good(lost));
    CHECK(lost.error().code == ErrorCode::invalid);
}

TEST_CASE("a restart that was under way when its run was killed is waited for, not doubled") {
    Scratch scratch;
    const process::Restart slow{{"/bin/sh", "-c",
                                 "echo start >> {run_dir}/starts; sleep 1; "
                                 "echo $$ > {run_dir}/node.pid; exec sleep 1000"},
                                "",
                                10s};
    const pid_t run = ::fork();
    if (run == 0) {
        (void)device_in(scratch)->perform(one, process::restart(node, slow));
        ::_exit(0);
    }
    REQUIRE(comes_true([&] { return scratch.read("starts") == "start\n"; }));
    ::kill(run, SIGKILL);
    ::waitpid(run, nullptr, 0);
    REQUIRE(is_good(device_in(scratch)->perform(one, process::restart(node, slow))));
    scratch.owns("node.pid");
    CHECK(scratch.read("starts") == "start\n");
    CHECK(is_awake(pid_in(scratch)));
}

}  // namespace process_device_test
