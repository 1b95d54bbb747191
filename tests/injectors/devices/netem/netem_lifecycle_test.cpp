// What must not happen when faults come and go, or gameday dies or hangs: others suffer, something
// stays.
#include "harness/ports/device.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/kernel/nft/netlink.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <linux/netlink.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>

namespace netem_lifecycle_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Impairment;
using kernel::Side;

namespace {

constexpr FaultId one{1};

Impairment total_loss() {
    Impairment it;
    it.loss.share = 1;
    return it;
}

// A child that does `work` and then waits to be killed. Forked while this process has one thread.
template <class Work>
pid_t child(const Work& work) {
    std::fflush(stdout);
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    work();
    for (;;) ::pause();
}

void kill_child(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

std::size_t own_links(const NetemBench& bench) {
    auto where = kernel::Namespace::open(kernel::parse_host(bench.hosts.near()).value());
    auto route = kernel::Netlink::open(where.value(), NETLINK_ROUTE);
    const auto all = netem::links(route.value()).value();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const auto& link) { return link.kind == "ifb"; }));
}

}  // namespace

TEST_CASE("a process that hangs loses its faults when the lease ends, and does not get them back",
          "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    auto traffic = bench.towards(Side::egress);
    const pid_t pid = child([&] {
        static const auto device = netem_kind.make({nullptr, bench.run_dir, 1});
        kernel::Flow flow;
        flow.side = Side::egress;
        flow.peers = {"10.99.0.2"};
        (void)device->perform(one, netem::set({bench.hosts.near(), {flow}, total_loss(), 600ms}));
    });
    std::this_thread::sleep_for(1500ms);  // the lease is renewed meanwhile
    CHECK_FALSE(traffic->passes(50ms));
    ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(100ms);
    CHECK_FALSE(traffic->passes(50ms));
    std::this_thread::sleep_for(700ms);
    CHECK(traffic->passes(100ms));
    ::kill(pid, SIGCONT);
    std::this_thread::sleep_for(500ms);
    CHECK(traffic->passes(100ms));
    kill_child(pid);
    bench.clear(one);
    CHECK(own_links(bench) == 0);
}

TEST_CASE("the faults of a namespace that is gone are healed", "[netem]") {
    if (netem_missing()) return;
    DeviceContext context;
    context.run_dir = "/tmp/gone";
    const auto device = devices::netem_kind.make(context);
    CHECK(device->perform(one, netem::clear("netns:gameday-no-such")).has_value());
    CHECK(device->perform(one, netem::clear("pid:4194300")).has_value());
}

}  // namespace netem_lifecycle_test
