// Flows of others on the same interface, while faults of each kernel device come and go: 100 times
// in the nightly lane.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/round_trips.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/lane.hpp"
#include "tests/support/result.hpp"

#include <chrono>
#include <thread>

namespace bystanders_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;
namespace nfqueue = gameday::devices::nfqueue;

namespace {

constexpr FaultId one{1};
constexpr std::uint16_t port = 7100;
constexpr int times = 5;
int rounds() { return by_lane(6, 20); }

void check(const Beside& seen) {
    CHECK(seen.quiet.lost == 0);
    CHECK(seen.busy.lost == 0);
    CHECK(seen.busy.p50 <= seen.quiet.p50 * 6 / 5 + 20us);
    CHECK(seen.busy.p99 <= seen.quiet.p99 * 3 + 2ms);
    CHECK(seen.busy.packets_per_s() >= seen.quiet.packets_per_s() / 2);
}

}  // namespace

TEST_CASE("firewall: other flows lose nothing and stay as fast while cuts come and go",
          "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = devices::firewall_kind.make({nullptr, "/run/x", 1});
    kernel::Flow flow;
    flow.peers = {"10.99.0.1", "fd99::1"};
    flow.protocol = kernel::Protocol::udp;
    flow.own_ports = {9001};
    firewall::Rule rule;
    rule.host = hosts.far();
    rule.flows = {flow, flow};
    rule.flows[1].side = kernel::Side::egress;
    const auto seen = round_trips_beside(hosts, port, rounds(), 200us, [&] {
        for (int i = 0; i < times; ++i) {
            REQUIRE(device->perform(one, firewall::set(rule)));
            std::this_thread::sleep_for(10ms);
            REQUIRE(device->perform(one, firewall::clear(rule.host)));
            std::this_thread::sleep_for(10ms);
        }
    });
    print("firewall", seen);
    check(seen);
}

TEST_CASE("nfqueue: other flows lose nothing and stay as fast while faults come and go",
          "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.flows[0].peer_ports = {9001};
    rule.impairment.delay = 50ms;
    const auto seen = round_trips_beside(hosts, port, rounds(), 200us, [&] {
        for (int i = 0; i < times; ++i) {
            REQUIRE(device->perform(one, nfqueue::set(rule)));
            std::this_thread::sleep_for(10ms);
            REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
            std::this_thread::sleep_for(10ms);
        }
    });
    print("nfqueue", seen);
    check(seen);
}

TEST_CASE("netem: other flows lose nothing and stay as fast while faults come and go", "[netem]") {
    if (gameday::testing::netem_missing()) return;
    const gameday::testing::NetemBench bench;
    kernel::Impairment it;
    it.delay = 5ms;
    it.loss.share = 0.1;
    const auto seen = round_trips_beside(bench.hosts, port, rounds(), 400us, [&] {
        for (int i = 0; i < times; ++i) {
            bench.set(one, it, i % 2 == 0 ? kernel::Side::egress : kernel::Side::ingress, {7000});
            std::this_thread::sleep_for(10ms);
            bench.clear(one);
            std::this_thread::sleep_for(10ms);
        }
    });
    print("netem", seen);
    CHECK(seen.quiet.lost == 0);
    CHECK(seen.busy.lost == 0);
    // One emulated processor does the faults and the packets: it lets them wait, but not for 5 ms.
    CHECK(seen.busy.p50 <= seen.quiet.p50 * 2 + 1ms);
    CHECK(bench.own_interfaces() == "");
}

TEST_CASE("the measurement of other flows sees a fault that does hit them", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.flows[0].peer_ports = {port};
    const auto during = [&](const kernel::Impairment& it) {
        rule.impairment = it;
        // Sent so seldom that none waits for the one before: those late would all be sent at once
        // when the fault is over, and be the most.
        return round_trips_beside(hosts, port, 3, 2ms, [&] {
            // However long a busy machine takes to set and clear it, it is there most of the time.
            const auto begin = std::chrono::steady_clock::now();
            REQUIRE(device->perform(one, nfqueue::set(rule)));
            std::this_thread::sleep_for(500ms + 4 * (std::chrono::steady_clock::now() - begin));
            REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
        });
    };
    kernel::Impairment it;
    it.delay = 150us;
    const auto slow = during(it);
    CHECK(slow.busy.p50 > slow.quiet.p50 * 6 / 5 + 20us);
    it = {};
    it.loss.share = 0.5;
    CHECK(during(it).busy.lost > 0);
}

}  // namespace bystanders_test
