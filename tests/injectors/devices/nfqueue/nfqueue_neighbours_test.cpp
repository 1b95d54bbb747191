// Packets that wait in a queue while other faults come and go beside it. The kernel drops them
// whenever a netfilter hook of the namespace is taken off.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "injectors/kernel/host/host.hpp"
#include "injectors/kernel/nft/waiting_packets.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/injectors/devices/nfqueue/datagrams.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/leftovers.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/attempts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/result.hpp"
#include "tests/support/skip.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

namespace nfqueue_neighbours_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;
namespace netem = gameday::devices::netem;
namespace nfqueue = gameday::devices::nfqueue;

namespace {

constexpr FaultId one{1}, two{2};

std::unique_ptr<Device> a_firewall() { return devices::firewall_kind.make({nullptr, "/run/x", 1}); }

// Nobody may ping near.
firewall::Rule no_ping(const TwoHosts& hosts) {
    kernel::Flow flow;
    flow.peers = {"10.99.0.2"};
    flow.protocol = kernel::Protocol::icmp;
    firewall::Rule rule;
    rule.host = hosts.near();
    rule.flows = {flow};
    return rule;
}

// How many of the packets that near sends each millisecond through a queue of 20 ms never come,
// while `change` is done `times` times.
std::size_t lost_beside(const TwoHosts& hosts, int times, const std::function<void()>& change) {
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto device = an_nfqueue();
    auto rule = leaving(hosts);
    rule.impairment.delay = 20ms;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    std::atomic<bool> ending = false;
    std::atomic<std::uint32_t> sent = 0;
    std::thread sender([&] {
        for (; !ending; std::this_thread::sleep_for(1ms)) datagrams.send(sent++);
    });
    std::size_t arrived = 0;
    std::thread receiver([&] { arrived = datagrams.receive(1'000'000, 500ms).size(); });
    std::this_thread::sleep_for(50ms);
    for (int i = 0; i < times; ++i) change();
    ending = true;
    sender.join();
    receiver.join();
    const auto trouble = device->trouble(one);
    CHECK((trouble.find("while they waited") != std::string::npos) == (arrived < sent));
    REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
    return sent - arrived;
}

// Whoever is taken away between looking whether anything waits and acting on it loses some all the
// same, and says so; whoever does not look loses some each time.
std::size_t least_lost_beside(const TwoHosts& hosts, int times,
                              const std::function<void()>& change) {
    return least_of(std::size_t{1}, [&] { return lost_beside(hosts, times, change); });
}

}  // namespace

TEST_CASE("nfqueue: a cut that comes and goes beside it loses none of the packets that wait",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto cut = a_firewall();
    const auto rule = no_ping(hosts);
    CHECK(least_lost_beside(hosts, 50, [&] {
              REQUIRE(cut->perform(two, firewall::set(rule)));
              REQUIRE(cut->perform(two, firewall::set(rule)));
              REQUIRE(cut->perform(two, firewall::clear(rule.host)));
          }) == 0);
    // The tables that had to stay for it go when nothing waits any more.
    CHECK(comes_true([&] { return leftovers_at(rule.host).empty(); }));
    CHECK(cut->trouble(two) == "");
    // Somebody who does not look loses some: the measurement sees it.
    CHECK(lost_beside(hosts, 1, [&] {
              hosts.at_near(
                  "nft add table ip other; "
                  "nft 'add chain ip other in { type filter hook input priority 0; }'; "
                  "nft delete table ip other");
          }) > 0);
}

TEST_CASE("nfqueue: a cut is healed at once although its table has to stay for those that wait",
          "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const Datagrams datagrams(hosts, 5000, 6000);
    const auto where = kernel::Namespace::open(*kernel::parse_host(hosts.near()));
    const auto waiting = kernel::WaitingPackets::open(*where);
    const auto device = an_nfqueue();
    auto delayed = leaving(hosts);
    delayed.impairment.delay = 2s;
    REQUIRE(device->perform(one, nfqueue::set(delayed)));
    CHECK_FALSE(waiting.any());
    datagrams.send(7);
    CHECK(waiting.any());
    const auto cut = a_firewall();
    const auto rule = no_ping(hosts);
    REQUIRE(cut->perform(two, firewall::set(rule)));
    CHECK(hosts.at_near("ping -c1 -W0.2 10.99.0.2") != 0);
    REQUIRE(cut->perform(two, firewall::clear(rule.host)));
    CHECK(hosts.at_near("ping -c1 -W0.2 10.99.0.2") == 0);
    // It can come back meanwhile, as many times as it likes.
    REQUIRE(cut->perform(two, firewall::set(rule)));
    CHECK(hosts.at_near("ping -c1 -W0.2 10.99.0.2") != 0);
    REQUIRE(cut->perform(two, firewall::clear(rule.host)));
    CHECK(hosts.at_near("ping -c1 -W0.2 10.99.0.2") == 0);
    CHECK(waiting.any());
    CHECK(numbers_of(datagrams.receive(1, 3s)) == std::vector<std::uint32_t>{7});
    REQUIRE(device->perform(one, nfqueue::clear(delayed.host)));
    CHECK(comes_true([&] { return leftovers_at(rule.host).empty(); }));
}

TEST_CASE("nfqueue: netem's faults that come and go beside it lose none of the packets that wait",
          "[netem]") {
    if (gameday::testing::netem_missing()) return;
    if (const auto able = an_nfqueue()->ready(); !able) {
        skip_or_fail(able.error().message);
        return;
    }
    const gameday::testing::NetemBench bench;
    kernel::Impairment it;
    it.delay = 1ms;
    CHECK(least_lost_beside(bench.hosts, 20, [&] {
              bench.set(two, it, kernel::Side::egress, {7000});
              bench.set(one, it, kernel::Side::egress, {7001});
              bench.clear(two);
              bench.clear(one);
          }) == 0);
    CHECK(comes_true([&] { return leftovers_at(bench.hosts.near()).empty(); }));
}

}  // namespace nfqueue_neighbours_test
