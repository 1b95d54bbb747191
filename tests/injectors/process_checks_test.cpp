// What the process device finds out before the faults, and what it says of faults that ended early.
#include "harness/ports/device.hpp"
#include "injectors/devices/process/actions.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace process_checks_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace process = gameday::devices::process;

namespace {

constexpr FaultId one{1};
const process::Target node{"node-1", "{run_dir}/node.pid", 0};

std::unique_ptr<Device> device_in(const Scratch& scratch) {
    return devices::process_kind.make({nullptr, scratch.path(), 1});
}

// A restart command that is itself the server: it says who it is and stays.
process::Restart foreground() {
    return {{"/bin/sh", "-c", "echo $$ > {run_dir}/node.pid; exec sleep 1000"}, "", 10s};
}

std::string message_of(const Result<void>& result) {
    return result ? std::string("no error") : result.error().message;
}

Topology topology_at(std::uint16_t port) {
    Topology topology;
    topology.regions = {{RegionId(0), "r", {NodeId(0)}}};
    Node known;
    known.id = NodeId(0);
    known.name = node.node;
    known.region = RegionId(0);
    known.endpoint = {"127.0.0.1", port};
    topology.nodes = {known};
    return topology;
}

// A socket of ours that listens on a port of its own.
struct Listener {
    Listener() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
        REQUIRE(::listen(fd, 1) == 0);
        REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
        port = ntohs(address.sin_port);
    }
    ~Listener() { ::close(fd); }
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("before the faults a pid file has to name who serves at the endpoint") {
    Scratch scratch;
    const Listener listener;
    const auto topology = topology_at(listener.port);
    const auto device = devices::process_kind.make({&topology, scratch.path(), 1});
    CHECK(message_of(device->check(process::kill(node))).find("cannot read the pid file") !=
          std::string::npos);
    // A child that does not listen, while we do.
    const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
    const std::string refusal = message_of(device->check(process::kill(node)));
    CHECK(refusal.find("does not listen at its endpoint 127.0.0.1:") != std::string::npos);
    CHECK(refusal.find(std::to_string(::getpid())) != std::string::npos);
    CHECK(state_of(child) != 'Z');
    // Where nobody listens it cannot be told.
    const auto nowhere = topology_at(1);
    const auto lenient = devices::process_kind.make({&nowhere, scratch.path(), 1});
    CHECK(is_good(lenient->check(process::kill(node))));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(message_of(lenient->check(process::stop(node))).find("is not running") !=
          std::string::npos);
}

TEST_CASE("restart commands have to be executable") {
    Scratch scratch;
    const auto device = device_in(scratch);
    CHECK(is_good(device->check(process::restart(node, foreground()))));
    CHECK(is_good(device->check(process::restart(node, {{}, "", 1s}))));
    const auto lacking = device->check(process::restart(node, {{"/nonexistent"}, "", 1s}));
    CHECK(message_of(lacking).find("\"/nonexistent\" cannot be run") != std::string::npos);
    CHECK_FALSE(is_good(device->check(process::restart(node, {{"true"}, "/nonexistent", 1s}))));
}

TEST_CASE("a fault that killed nothing starts nothing") {
    Scratch scratch;
    const auto topology = topology_at(1);
    const auto device = devices::process_kind.make({&topology, scratch.path(), 1});
    CHECK_FALSE(is_good(device->prepare(one, process::kill(node))));
    CHECK_FALSE(is_good(device->perform(one, process::kill(node))));
    REQUIRE(is_good(device->perform(one, process::restart(node, foreground()))));
    CHECK(scratch.read("node.pid").empty());
}

TEST_CASE("a process that is replaced before the heal has ended its fault early") {
    Scratch scratch;
    const auto device = device_in(scratch);
    SECTION("stopped, and gone") {
        const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::stop(node))));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::cont(node))));
        CHECK(device->trouble(one).find("was gone before the fault was healed") !=
              std::string::npos);
    }
    SECTION("stopped, and woken by somebody") {
        const pid_t child = scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::stop(node))));
        ::kill(child, SIGCONT);
        while (state_of(child) == 'T') ::usleep(1000);
        REQUIRE(is_good(device->perform(one, process::cont(node))));
        CHECK(device->trouble(one).find("ran again before the fault was healed") !=
              std::string::npos);
    }
    SECTION("killed, and replaced") {
        scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::kill(node))));
        scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::restart(node, foreground()))));
        CHECK(device->trouble(one).find("took the place of the one that was killed") !=
              std::string::npos);
    }
    SECTION("killed, and replaced as declared") {
        scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::kill(node))));
        scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::restart(node, {{}, "", 5s}))));
        CHECK(device->trouble(one).empty());
    }
    SECTION("as it should be") {
        scratch.spawn("node.pid", {"sleep", "1000"});
        REQUIRE(is_good(device->perform(one, process::stop(node))));
        REQUIRE(is_good(device->perform(one, process::cont(node))));
        CHECK(device->trouble(one).empty());
    }
}

}  // namespace process_checks_test
