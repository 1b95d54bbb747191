// What must not happen when faults come and go, or gameday dies or hangs: others suffer, something
// stays.
#include "harness/base/random.hpp"
#include "injectors/devices/common/kernel/netlink.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/devices/netem/netem_device.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/support/catch.hpp"

#include <linux/netlink.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Impairment;
using kernel::Side;

namespace {

constexpr FaultId one{1}, two{2};

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

namespace {

// Packets of other flows, out and back, while a fault comes and goes.
struct Bystanders {
    std::uint32_t sent_out = 0, sent_back = 0;
    std::size_t lost_out = 0, lost_back = 0;
    Duration set_most{}, clear_most{};
};

Bystanders watch(const NetemBench& bench, int times) {
    std::atomic<bool> ending = false;
    auto out = bench.towards(Side::egress, 7100);
    auto back = bench.towards(Side::ingress, 7100);
    std::thread sending([&] {
        while (!ending) {
            out->send(20, 64, 200us);
            back->send(20, 64, 200us);
        }
    });
    Impairment it;
    it.delay = 5ms;
    it.loss.share = 0.1;
    Bystanders seen;
    for (int i = 0; i < times; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        bench.set(one, it, i % 2 == 0 ? Side::egress : Side::ingress, {7000});
        const auto between = std::chrono::steady_clock::now();
        bench.clear(one);
        const auto end = std::chrono::steady_clock::now();
        seen.set_most = std::max<Duration>(seen.set_most, between - begin);
        seen.clear_most = std::max<Duration>(seen.clear_most, end - between);
    }
    ending = true;
    sending.join();
    out->settle(100ms);
    back->settle(100ms);
    seen.sent_out = out->sent();
    seen.sent_back = back->sent();
    seen.lost_out = seen.sent_out - out->arrivals().size();
    seen.lost_back = seen.sent_back - back->arrivals().size();
    std::printf(
        "bystanders, %d times: %u and %u packets sent, %zu and %zu lost; longest set %s, "
        "clear %s\n",
        times, seen.sent_out, seen.sent_back, seen.lost_out, seen.lost_back,
        format_duration(seen.set_most).c_str(), format_duration(seen.clear_most).c_str());
    return seen;
}

}  // namespace

TEST_CASE("other flows lose no packet while faults come and go 100 times", "[steering]") {
    if (netem_missing()) return;
    const NetemBench bench;
    // A clsact that comes or goes costs packets (see below); what changes in it must not.
    Impairment it;
    it.delay = 1ms;
    if (led_by_filters()) bench.set(two, it, Side::egress, {7999});
    const auto seen = watch(bench, 100);
    CHECK(seen.lost_out == 0);
    CHECK(seen.lost_back == 0);
    bench.clear(two);
    CHECK(own_links(bench) == 0);
}

TEST_CASE(
    "a clsact that comes or goes costs nothing of what arrives, one that was there nothing at all",
    "[steering]") {
    if (netem_missing()) return;
    if (!led_by_filters()) return;
    const NetemBench bench;
    CHECK(watch(bench, 20).lost_back == 0);
    // Where there is one already, nothing at all is lost.
    REQUIRE(bench.hosts.at_near("tc qdisc add dev wire clsact && tc qdisc add dev lo clsact") == 0);
    const auto seen = watch(bench, 20);
    CHECK(seen.lost_out == 0);
    CHECK(seen.lost_back == 0);
    CHECK(bench.hosts.said_near("tc qdisc show dev wire").find("clsact") != std::string::npos);
}

TEST_CASE("killed at any moment, traffic is normal within 100 ms and recovery leaves nothing",
          "[steering]") {
    if (netem_missing()) return;
    const NetemBench bench;
    auto traffic = bench.towards(Side::egress);
    Random random(5, "kills");
    const char* wanted = std::getenv("GAMEDAY_KILLS");
    const int kills = wanted == nullptr ? 40 : std::atoi(wanted);
    int in_force = 0, left_behind = 0;
    Duration longest{};
    for (int i = 0; i < kills; ++i) {
        const pid_t pid = child([&] {
            const auto device = netem_device(bench.run_dir);
            kernel::Flow flow;
            flow.side = Side::egress;
            flow.peers = {"10.99.0.2"};
            for (;;) {
                for (const auto id : {one, two}) {
                    (void)device->perform(
                        id, netem::set({bench.hosts.near(), {flow}, total_loss(), 10s}));
                }
                for (const auto id : {one, two}) {
                    (void)device->perform(id, netem::clear(bench.hosts.near()));
                }
            }
        });
        std::this_thread::sleep_for(Duration(static_cast<std::int64_t>(random.below(150'000'000))));
        if (!traffic->passes(2ms)) ++in_force;
        kill_child(pid);
        const auto took = traffic->passes_after(1s);
        longest = std::max(longest, took);
        CHECK(took <= 100ms);
        if (own_links(bench) > 0) ++left_behind;
        bench.clear(one);
        bench.clear(two);
        bench.clear(two);
        CHECK(own_links(bench) == 0);
    }
    std::printf(
        "%d kills: %d with a fault in force, %d with interfaces left to delete; traffic normal "
        "after %s at most\n",
        kills, in_force, left_behind, format_duration(longest).c_str());
    CHECK(bench.hosts.said_near("nft list tables | grep gameday_") == "");
    CHECK(bench.hosts.said_near("tc qdisc show | grep clsact") == "");
}

TEST_CASE("a process that hangs loses its faults when the lease ends, and does not get them back",
          "[netem][steering]") {
    if (netem_missing()) return;
    const NetemBench bench;
    auto traffic = bench.towards(Side::egress);
    const pid_t pid = child([&] {
        static const auto device = netem_device(bench.run_dir);
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
    const auto device = devices::make_netem(context);
    CHECK(device->perform(one, netem::clear("netns:gameday-no-such")).has_value());
    CHECK(device->perform(one, netem::clear("pid:4194300")).has_value());
}
