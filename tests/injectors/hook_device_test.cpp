#include "harness/json/json.hpp"
#include "harness/model/value.hpp"
#include "harness/ports/device.hpp"
#include "injectors/devices/common/command.hpp"
#include "injectors/devices/hook/actions.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace hook_device_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace hook = gameday::devices::hook;

namespace {

constexpr FaultId one{1};

std::unique_ptr<Device> device_in(const Scratch& scratch) {
    auto device = devices::hook_kind.make({nullptr, scratch.path(), 1});
    REQUIRE(is_good(device->ready()));
    return device;
}

std::string message_of(const Result<void>& result) {
    return result ? std::string("no error") : result.error().message;
}

pid_t pid_in(const Scratch& scratch, const std::string& name) {
    return std::atoi(scratch.read(name).c_str());
}

}  // namespace

TEST_CASE("every hook comes back whole from the action that carries it") {
    const hook::Call call{
        {"a", "b c"}, 2500ms, {{"X", "1"}, {"Y", Params{{"z", List{1, "${W}"}}}}}, "/tmp"};
    CHECK((hook::call_of(hook::run(call.argv, call.timeout, call.env, call.folder)) == call));
    CHECK((hook::call_of(hook::verify(call.argv, call.timeout, call.env, call.folder)) == call));
    CHECK((hook::call_of(hook::run({"x"})) == hook::Call{{"x"}, 30s, {}, ""}));
    CHECK_FALSE(is_good(hook::call_of({"process", "run", {}})));
    CHECK_FALSE(is_good(hook::call_of({"hook", "run", {{"argv", List{}}, {"timeout", "1s"}}})));
    CHECK_FALSE(
        is_good(hook::call_of({"hook", "run", {{"argv", List{Value(1)}}, {"timeout", "1s"}}})));
}

TEST_CASE("a hook sees its folder, its environment, and where the run and our programs are") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto around = devices::surroundings(scratch.path());
    REQUIRE(is_good(device->perform(
        one, hook::run({"/bin/sh", "-c",
                        "echo \"$PWD $COLOUR $GAMEDAY_RUN_DIR $GAMEDAY_BIN_DIR {bin_dir}\" > out"},
                       5s, {{"COLOUR", "blue"}}, "{run_dir}"))));
    CHECK(scratch.read("out") == scratch.path() + " blue " + scratch.path() + " " + around.bin_dir +
                                     " " + around.bin_dir + "\n");
    CHECK(device->affected(one) == -1);
}

TEST_CASE("variables in a hook's environment are filled in only when it is performed") {
    Scratch scratch;
    const auto device = device_in(scratch);
    ::setenv("GAMEDAY_TEST_SECRET", "s3\"cret", 1);
    const auto action = hook::run(
        hook::shell("printf %s \"$A $B\" > {run_dir}/out"), 5s,
        {{"A", "${GAMEDAY_TEST_SECRET}"}, {"B", Params{{"key", "${GAMEDAY_TEST_SECRET}"}}}});
    CHECK(json::print(action.args).find("cret") == std::string::npos);
    REQUIRE(is_good(device->perform(one, action)));
    CHECK(scratch.read("out") == R"(s3"cret {"key":"s3\"cret"})");
    ::unsetenv("GAMEDAY_TEST_SECRET");
    CHECK(message_of(
              device->perform(one, hook::run({"true"}, 5s, {{"A", "${GAMEDAY_TEST_SECRET}"}}))) ==
          "\"true\" needs the environment variable GAMEDAY_TEST_SECRET, set it as the run had it");
}

TEST_CASE("a program without a path is looked for beside our own before PATH") {
    Scratch scratch;
    const devices::Surroundings around{scratch.path(), scratch.path()};
    scratch.write("gameday-x", "#!/bin/sh\necho beside\n");
    ::chmod(scratch.path("gameday-x").c_str(), 0755);
    const devices::RunOptions capture{5s, "", true};
    auto said = devices::run_command({{"gameday-x"}, {}, ""}, around, capture);
    REQUIRE(is_good(said));
    CHECK(*said == "beside\n");
    said = devices::run_command({{"printf", "from PATH"}, {}, ""}, around, capture);
    REQUIRE(is_good(said));
    CHECK(*said == "from PATH");
    const auto absent = devices::run_command({{"gameday-absent"}, {}, ""}, around, capture);
    REQUIRE_FALSE(is_good(absent));
    CHECK(absent.error().message ==
          "the program \"gameday-absent\" is neither in " + scratch.path() + " nor in PATH");
}

TEST_CASE("a hook that fails is quoted with the end of what it said, and all of it is logged") {
    Scratch scratch;
    const auto device = device_in(scratch);
    REQUIRE(is_good(device->perform(one, hook::run({"echo", "first"}))));
    const auto failed =
        device->perform(one, hook::run(hook::shell("echo trying; echo no quota >&2; exit 7")));
    CHECK(message_of(failed) ==
          "\"/bin/sh -c 'echo trying; echo no quota >&2; exit 7'\" exited with status 7; it said: "
          "trying | no quota");
    CHECK(failed.error().code == ErrorCode::failed);
    CHECK(scratch.read("hooks.log") ==
          "$ echo first\nfirst\n$ /bin/sh -c 'echo trying; echo no quota >&2; exit 7'\n"
          "trying\nno quota\n");
    CHECK(message_of(device->perform(one, hook::run(hook::shell("kill -9 $$")))) ==
          "\"/bin/sh -c 'kill -9 $$'\" was killed by signal 9");
}

TEST_CASE("a hook past its time is killed with everything it started") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto begin = std::chrono::steady_clock::now();
    const auto late = device->perform(
        one, hook::run(hook::shell("sleep 1000 & echo $! > {run_dir}/child; echo waiting; wait"),
                       300ms));
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    REQUIRE_FALSE(is_good(late));
    CHECK(late.error().code == ErrorCode::timed_out);
    CHECK(late.error().message.find("did not end within 300 ms and was killed; it said: waiting") !=
          std::string::npos);
    const pid_t child = pid_in(scratch, "child");
    REQUIRE(child > 1);
    CHECK(comes_true([&] { return state_of(child) == ' ' || state_of(child) == 'Z'; }));
}

TEST_CASE("a hook may leave a server behind, and is over when it ends itself") {
    Scratch scratch;
    scratch.owns("server");
    const auto around = devices::surroundings(scratch.path());
    const bool capture = GENERATE(false, true);
    const auto begin = std::chrono::steady_clock::now();
    const auto said = devices::run_command(
        {hook::shell("sleep 1000 & echo $! > {run_dir}/server; echo up"), {}, ""}, around,
        {20s, "hooks.log", capture});
    REQUIRE(is_good(said));
    CHECK(*said == (capture ? "up\n" : ""));
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    const pid_t server = pid_in(scratch, "server");
    CHECK(is_awake(server));
    ::kill(server, SIGKILL);
}

TEST_CASE("a long output is captured whole") {
    Scratch scratch;
    const auto around = devices::surroundings(scratch.path());
    const auto said =
        devices::run_command({{"seq", "1", "200000"}, {}, ""}, around, {20s, "hooks.log", true});
    REQUIRE(is_good(said));
    CHECK(said->size() == 1288895);  // 9·2 + 90·3 + 900·4 + 9000·5 + 90000·6 + 100001·7
    CHECK(said->ends_with("199999\n200000\n"));
}

TEST_CASE("a hook dies with the harness that runs it") {
    Scratch scratch;
    scratch.owns("hook");
    const pid_t harness = ::fork();
    REQUIRE(harness >= 0);
    if (harness == 0) {
        auto device = devices::hook_kind.make({nullptr, scratch.path(), 1});
        const auto sleeper = hook::run(hook::shell("echo $$ > {run_dir}/hook; exec sleep 1000"));
        ::_exit(device->perform(one, sleeper) ? 0 : 1);
    }
    REQUIRE(comes_true([&] { return pid_in(scratch, "hook") > 1; }));
    const pid_t child = pid_in(scratch, "hook");
    CHECK(state_of(child) != ' ');
    ::kill(harness, SIGKILL);
    ::waitpid(harness, nullptr, 0);
    CHECK(comes_true([&] { return state_of(child) == ' ' || state_of(child) == 'Z'; }));
}

TEST_CASE("a fault is verified once its command says so, however late") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto third_time =
        hook::shell("echo x >> {run_dir}/tries; [ $(wc -l < {run_dir}/tries) -ge 3 ]");
    REQUIRE(is_good(device->perform(one, hook::verify(third_time, 10s))));
    CHECK(scratch.read("tries") == "x\nx\nx\n");
    CHECK(device->affected(one) == 1);
}

TEST_CASE("a fault that never shows is not verified") {
    Scratch scratch;
    const auto device = device_in(scratch);
    const auto never = device->perform(one, hook::verify({"false"}, 350ms));
    CHECK(message_of(never) == "not verified within 350 ms: \"false\" exited with status 1");
    CHECK(device->affected(one) == 0);
    CHECK_FALSE(is_good(device->perform(one, {"hook", "melt", hook::run({"true"}).args})));
}

TEST_CASE("hooks are written and read back without a run directory as well") {
    const auto device = devices::hook_kind.make({nullptr, "", 1});
    CHECK(message_of(device->perform(one, hook::run(hook::shell("echo oh; exit 1")))) ==
          "\"/bin/sh -c 'echo oh; exit 1'\" exited with status 1; it said: oh");
    CHECK_FALSE(is_good(device->perform(one, hook::run({"cat", "{run_dir}/x"}))));
}

TEST_CASE("a command that is interrupted is killed with its group, and the next one runs") {
    Scratch scratch;
    const auto device = device_in(scratch);
    for (const bool verifies : {false, true}) {
        const auto slow = hook::shell("sleep 1000 & echo $! > {run_dir}/child; wait");
        std::thread other([&] {
            while (pid_in(scratch, "child") == 0) std::this_thread::sleep_for(1ms);
            device->interrupt();
        });
        const auto began = std::chrono::steady_clock::now();
        const auto done =
            device->perform(one, verifies ? hook::verify(slow, 60s) : hook::run(slow, 60s));
        other.join();
        REQUIRE_FALSE(is_good(done));
        CHECK(done.error().code == ErrorCode::interrupted);
        CHECK(std::chrono::steady_clock::now() - began < 20s);
        const pid_t child = pid_in(scratch, "child");
        const auto is_gone = [&] { return ::kill(child, 0) != 0 || state_of(child) == 'Z'; };
        while (!is_gone() && std::chrono::steady_clock::now() - began < 20s) {
            std::this_thread::sleep_for(1ms);
        }
        CHECK(is_gone());
        CHECK(is_good(device->perform(one, hook::run({"true"}))));
        ::unlink((scratch.path() + "/child").c_str());
    }
}

TEST_CASE("a command that cannot be executed is found out before it is wanted") {
    Scratch scratch;
    const auto device = device_in(scratch);
    CHECK(is_good(device->check(hook::run({"true"}))));
    CHECK(is_good(device->check(hook::verify(hook::shell("exit 1")))));
    CHECK(message_of(device->check(hook::run({"no-such-program"}))).find("nor in PATH") !=
          std::string::npos);
    CHECK(message_of(device->check(hook::run({"{run_dir}"}))).find("is no program") !=
          std::string::npos);
    scratch.write("plain", "x");
    CHECK(message_of(device->check(hook::run({"./plain"}, 1s, {}, "{run_dir}")))
              .find("Permission denied") != std::string::npos);
}

}  // namespace hook_device_test
