// The firewall device between two namespaces, with real packets.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/firewall/commands.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

namespace firewall_device_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;

namespace {

constexpr FaultId one{1};
constexpr FaultId two{2};
constexpr const char* ping4 = "ping -c1 -W1 10.99.0.2";
constexpr const char* ping6 = "ping -c1 -W1 fd99::2";

std::unique_ptr<Device> a_device() { return devices::firewall_kind.make({nullptr, "/run/x", 1}); }

// What `near` says does not reach `far`.
firewall::Rule deaf(const TwoHosts& hosts) {
    firewall::Rule rule;
    rule.host = hosts.far();
    kernel::Flow flow;
    flow.peers = {"10.99.0.1", "fd99::1"};
    rule.flows = {flow};
    return rule;
}

std::string message_of(const Result<void>& result) {
    return result ? std::string("no error") : result.error().message;
}

// A server on port 7000 of `far` that echoes lines. It listens when this returns.
void start_server(const TwoHosts& hosts) {
    hosts.at_far(R"(timeout 120 python3 -c '
import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("10.99.0.2", 7000), Echo).serve_forever()' &)");
    REQUIRE(comes_true([&] { return hosts.at_far("ss -Hltn | grep -q :7000") == 0; }));
}

std::string fresh_client() {
    return R"(python3 -c '
import socket
try:
    s = socket.create_connection(("10.99.0.2", 7000), 1); s.settimeout(1)
    s.sendall(b"hi\n"); print(s.recv(10))
except Exception as e: print(type(e).__name__)')";
}

// What a client says that talks on a connection once before and once after `between` has run. They
// wait for one another: a client that is slow to start must not take a cut connection for a fresh
// one.
std::string standing_client(const TwoHosts& hosts, const std::function<void()>& between) {
    const Scratch scratch;
    std::string said;
    std::thread client([&] {
        said = hosts.said_near("cd " + scratch.path() + R"( && python3 -c '
import os, socket, time
s = socket.create_connection(("10.99.0.2", 7000), 5); s.settimeout(5)
s.sendall(b"hi\n"); s.recv(10); s.settimeout(1)
open("talked", "w").close()
while not os.path.exists("go"): time.sleep(0.01)
try:
    s.sendall(b"hi\n"); print(s.recv(10))
except Exception as e: print(type(e).__name__)')");
    });
    CHECK(comes_true([&] { return std::filesystem::exists(scratch.path("talked")); }));
    between();
    scratch.write("go", "");
    client.join();
    return said;
}

}  // namespace

TEST_CASE("what is cut is silent in both families, and nothing else is", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    REQUIRE(message_of(device->ready()) == "no error");
    REQUIRE(hosts.at_near(ping4) == 0);
    REQUIRE(hosts.at_near(ping6) == 0);
    auto rule = deaf(hosts);
    rule.flows[0].spare = {"10.99.0.3"};
    REQUIRE(message_of(device->perform(one, firewall::set(rule))) == "no error");
    CHECK(device->affected(one) == 0);
    hosts.at_far("ip neigh flush all");  // ARP and neighbour discovery go on
    hosts.at_near("ip neigh flush all; ip addr add 10.99.0.3/24 dev wire");
    CHECK(hosts.at_near(ping4) == 1);
    CHECK(hosts.at_near(ping6) == 1);
    CHECK(device->affected(one) >= 2);
    CHECK(hosts.at_near("ip neigh show dev wire | grep -q 10.99.0.2.*lladdr") == 0);
    CHECK(hosts.at_near("ping -c1 -W1 -I 10.99.0.3 10.99.0.2") == 0);
    CHECK(hosts.said_far("nft list tables").find("gameday_") != std::string::npos);
    CHECK(hosts.at_far("nft flush ruleset") == 0);  // leaves tables with an owner alone
    CHECK(hosts.at_near(ping4) == 1);
    REQUIRE(message_of(device->perform(one, firewall::clear(rule.host))) == "no error");
    CHECK(hosts.at_near(ping4) == 0);
    CHECK(hosts.at_near(ping6) == 0);
    CHECK(hosts.said_far("nft list tables").empty());
    CHECK(message_of(device->perform(one, firewall::clear(rule.host))) == "no error");
}

TEST_CASE("faults on one host are healed one by one", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    const auto rule = deaf(hosts);
    REQUIRE(message_of(device->perform(one, firewall::set(rule))) == "no error");
    REQUIRE(message_of(device->perform(two, firewall::set(rule))) == "no error");
    REQUIRE(message_of(device->perform(one, firewall::clear(rule.host))) == "no error");
    CHECK(hosts.at_near(ping4) == 1);
    REQUIRE(message_of(device->perform(two, firewall::clear(rule.host))) == "no error");
    CHECK(hosts.at_near(ping4) == 0);
}

TEST_CASE("a connection is reset, refused or cut by its age, as asked", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    start_server(hosts);
    REQUIRE(hosts.said_near(fresh_client()) == "b'hi\\n'\n");
    auto rule = deaf(hosts);
    const auto on = [&] {
        CHECK(message_of(device->perform(one, firewall::set(rule))) == "no error");
    };
    const auto off = [&] {
        CHECK(message_of(device->perform(one, firewall::clear(rule.host))) == "no error");
    };
    SECTION("drop") {
        CHECK(standing_client(hosts, on) == "TimeoutError\n");
        CHECK(hosts.said_near(fresh_client()) == "TimeoutError\n");
    }
    SECTION("reset") {
        rule.cut = firewall::Cut::reset;
        CHECK(standing_client(hosts, on) == "ConnectionResetError\n");
        CHECK(hosts.said_near(fresh_client()) == "ConnectionRefusedError\n");
    }
    SECTION("reset at both hosts: each hears that the other is gone") {
        rule.cut = firewall::Cut::reset;
        auto other = rule;
        other.host = hosts.near();
        other.flows[0].peers = {"10.99.0.2", "fd99::2"};
        CHECK(standing_client(hosts, [&] {
                  on();
                  CHECK(message_of(device->perform(one, firewall::set(other))) == "no error");
              }) == "ConnectionResetError\n");
        CHECK(hosts.said_near(fresh_client()) == "ConnectionRefusedError\n");
        CHECK(message_of(device->perform(one, firewall::clear(other.host))) == "no error");
    }
    SECTION("reject") {
        rule.cut = firewall::Cut::reject;
        on();
        CHECK(hosts.said_near(fresh_client()) == "OSError\n");  // no route to host
    }
    SECTION("fresh") {
        rule.scope = firewall::Scope::fresh;
        CHECK(standing_client(hosts, on) == "b'hi\\n'\n");
        CHECK(hosts.said_near(fresh_client()) == "TimeoutError\n");
        CHECK(device->affected(one) > 0);
    }
    SECTION("established") {
        rule.scope = firewall::Scope::established;
        CHECK(standing_client(hosts, on) == "TimeoutError\n");
        CHECK(hosts.said_near(fresh_client()) == "b'hi\\n'\n");
    }
    off();
    CHECK(hosts.said_near(fresh_client()) == "b'hi\\n'\n");
    hosts.at_far("kill $(ss -Hltnp sport = 7000 | grep -o pid=[0-9]* | cut -d= -f2)");
}

TEST_CASE("ports and everything but the loopback interface and ssh", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    firewall::Rule rule;
    rule.host = hosts.far();
    kernel::Flow flow;
    flow.everything = true;
    flow.spare = {"fd99::1"};
    rule.flows = {flow, flow};
    rule.flows[1].side = kernel::Side::egress;
    REQUIRE(message_of(device->perform(one, firewall::set(rule))) == "no error");
    CHECK(hosts.at_near(ping4) == 1);
    CHECK(hosts.at_near(ping6) == 0);
    CHECK(hosts.at_far("ping -c1 -W1 10.99.0.2") == 0);
    // Nobody listens there: an answer at once shows that the packets of ssh pass.
    CHECK(hosts.said_near("timeout 1 bash -c '</dev/tcp/10.99.0.2/22'").find("refused") !=
          std::string::npos);
    CHECK(hosts.at_near("timeout 1 bash -c '</dev/tcp/10.99.0.2/23'") == 124);
}

namespace {

// A child that has put the rule in force with a device of its own, and waits.
pid_t holder(const firewall::Rule& rule) {
    std::array<int, 2> ready{};
    REQUIRE(::pipe(ready.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const auto device = a_device();
        const char good = device->perform(one, firewall::set(rule)) ? 'y' : 'n';
        (void)!::write(ready[1], &good, 1);
        for (;;) ::pause();
    }
    char good = 'n';
    (void)!::read(ready[0], &good, 1);
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK(good == 'y');
    return child;
}

}  // namespace

TEST_CASE("traffic is back at once when the one who cut it is killed", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const pid_t child = holder(deaf(hosts));
    CHECK(hosts.at_near(ping4) == 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    // Far sooner than its lease would end.
    CHECK(comes_true([&] { return hosts.at_near("ping -c1 -W0.1 10.99.0.2") == 0; }, 3s));
    CHECK(hosts.said_far("nft list tables").empty());
    // Another process has nothing left to do, and says so without complaint.
    CHECK(message_of(a_device()->perform(one, firewall::clear(hosts.far()))) == "no error");
}

TEST_CASE("a lease ends when the one who holds it hangs, and does not come back", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    auto rule = deaf(hosts);
    rule.lease = 900ms;
    const pid_t child = holder(rule);
    std::this_thread::sleep_for(1200ms);  // longer than the lease
    CHECK(hosts.at_near(ping4) == 1);     // renewed
    ::kill(child, SIGSTOP);
    CHECK(comes_true([&] { return hosts.at_near("ping -c1 -W0.1 10.99.0.2") == 0; }));
    ::kill(child, SIGCONT);
    std::this_thread::sleep_for(500ms);
    CHECK(hosts.at_near(ping4) == 0);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

TEST_CASE("a fault whose lease has run out is not passed off as whole", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    auto rule = deaf(hosts);
    rule.lease = 600ms;
    const Scratch scratch;
    for (const bool hangs : {false, true}) {
        const pid_t child = ::fork();
        if (child == 0) {
            const auto device = a_device();
            bool good = device->perform(one, firewall::set(rule)).has_value();
            if (hangs) ::raise(SIGSTOP);
            good = device->perform(one, firewall::clear(rule.host)).has_value() && good;
            scratch.write("trouble", good ? device->trouble(one) : "it failed");
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, WUNTRACED);
        if (hangs) {
            std::this_thread::sleep_for(1s);
            ::kill(child, SIGCONT);
            // Its keeper has to run, too, to find that it comes too late.
            ::waitpid(child, &status, 0);
        }
        const auto told = scratch.read("trouble");
        CHECK((told.find("its lease on pid:") == 0) == hangs);
        CHECK(told.empty() == !hangs);
    }
}

TEST_CASE("the commands that a plan prints do the same, and undo it", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    std::string script;
    for (const auto& line : firewall::commands(firewall::set(deaf(hosts)))) script += line + "\n";
    INFO(script);
    REQUIRE(std::system(script.c_str()) == 0);
    CHECK(hosts.at_near(ping4) == 1);
    CHECK(hosts.at_near(ping6) == 1);
    const auto undo = firewall::commands(firewall::clear(hosts.far()));
    REQUIRE(undo.size() == 1);
    CHECK(std::system(undo[0].c_str()) == 0);
    CHECK(hosts.at_near(ping4) == 0);
    CHECK(hosts.said_far("nft list tables").empty());
}

TEST_CASE("what is not there, or not ours, is refused by name", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    auto rule = deaf(hosts);
    const auto table = firewall::set(rule);
    rule.host = "netns:no-such-thing";
    CHECK(message_of(device->perform(one, firewall::set(rule)))
              .find("there is no network namespace no-such-thing") == 0);
    rule.host = "pid:999999999";
    CHECK(message_of(device->perform(one, firewall::set(rule))).find("there is no process") == 0);
    // A table of that name which somebody else has made.
    REQUIRE(message_of(device->perform(one, table)) == "no error");
    const auto text = hosts.said_far("nft list tables");
    REQUIRE(message_of(device->perform(one, firewall::clear(hosts.far()))) == "no error");
    hosts.at_far("nft add " + text);
    CHECK(
        message_of(device->perform(one, table)).find("somebody else has a table named gameday_") !=
        std::string::npos);
    CHECK(hosts.said_far("nft list tables") == text);
    CHECK(hosts.at_near(ping4) == 0);
}

}  // namespace firewall_device_test
