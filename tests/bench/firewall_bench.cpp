// How long a cut takes by netlink, and by running nft(8) and tc(8), in one run; and the flip of a
// partition between two groups of fifty addresses in each family, both ways. Natively, in a
// namespace of its own. Prints a table; asserts nothing.
//
//   bench_firewall [ROUNDS]
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "tests/support/kinds.hpp"

#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace gameday;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;

namespace {

constexpr FaultId one{1};

struct Spread {
    double p50 = 0, p99 = 0, most = 0;  // ms
};

Spread spread_of(int rounds, const std::function<bool()>& work, const std::function<bool()>& undo) {
    std::vector<double> taken;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        if (!work()) {
            fmt::print(stderr, "a round failed\n");
            std::exit(1);
        }
        const std::chrono::duration<double, std::milli> each =
            std::chrono::steady_clock::now() - begin;
        taken.push_back(each.count());
        if (!undo()) std::exit(1);
        // The kernel takes off in the background what was healed; a fault that follows at once
        // would wait for it, whoever asks.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    std::sort(taken.begin(), taken.end());
    return {taken[taken.size() / 2], taken[taken.size() * 99 / 100], taken.back()};
}

void print(const std::string& name, const Spread& spread) {
    fmt::print("{:<44} {:>9.3f} {:>9.3f} {:>9.3f}\n", name, spread.p50, spread.p99, spread.most);
}

firewall::Rule rule_for(int addresses, int group) {
    firewall::Rule rule;
    kernel::Flow flow;
    for (int i = 1; i <= addresses; ++i) {
        flow.peers.push_back(fmt::format("10.{}.0.{}", group, i));
        flow.peers.push_back(fmt::format("fd00:{}::{}", group, i));
    }
    rule.flows = {flow, flow};
    rule.flows[1].side = kernel::Side::egress;
    return rule;
}

// One transaction, and what it does without leases, spared ports and counters.
constexpr const char* by_nft =
    "nft 'table netdev b { chain i { type filter hook ingress device lo priority -500; "
    "ip saddr 10.1.0.1 counter drop; ip6 saddr fd00:1::1 counter drop; }; "
    "chain o { type filter hook egress device lo priority -500; "
    "ip daddr 10.1.0.1 counter drop; ip6 daddr fd00:1::1 counter drop; }; }'";
constexpr const char* undo_nft = "nft delete table netdev b";

// The kernel here may lack tc's own drop; an interface that is down swallows as well. Five runs of
// tc: this is how tools that run it do it.
constexpr const char* by_tc =
    "ip link add hole type ifb && tc qdisc add dev lo clsact && "
    "tc filter add dev lo ingress protocol ip pref 1 u32 match ip src 10.1.0.1 "
    "action mirred egress redirect dev hole && "
    "tc filter add dev lo ingress protocol ipv6 pref 2 u32 match ip6 src fd00:1::1 "
    "action mirred egress redirect dev hole && "
    "tc filter add dev lo egress protocol ip pref 1 u32 match ip dst 10.1.0.1 "
    "action mirred egress redirect dev hole && "
    "tc filter add dev lo egress protocol ipv6 pref 2 u32 match ip6 dst fd00:1::1 "
    "action mirred egress redirect dev hole";
constexpr const char* undo_tc = "tc qdisc del dev lo clsact && ip link del hole";

bool run(const char* command) { return std::system(command) == 0; }

}  // namespace

int main(int count, char** arguments) {
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 200;
    if (::unshare(CLONE_NEWNET) != 0 || !run("ip link set lo up")) {
        fmt::print(stderr, "no network namespace can be made: run as root or in unshare -Urn\n");
        return 4;
    }
    const auto device = devices::firewall_kind.make({nullptr, "", 1});
    if (!device->ready()) return 4;
    const auto set = [&](const firewall::Rule& rule) {
        return device->perform(one, firewall::set(rule)).has_value();
    };
    const auto clear = [&] { return device->perform(one, firewall::clear("local")).has_value(); };
    fmt::print("{} rounds, ms {:>36} {:>9} {:>9}\n", rounds, "p50", "p99", "max");
    const auto single = rule_for(1, 1);
    const auto netlink = spread_of(
        rounds, [&] { return set(single); }, clear);
    print("cut one peer, both ways, by netlink", netlink);
    print("heal it", spread_of(rounds, clear, [&] { return set(single); }));
    clear();
    // As a run does it: what nobody notices is done before.
    const auto prepare = [&] { return device->prepare(one, firewall::set(single)).has_value(); };
    if (!prepare()) return 1;
    print("put it in force when it has been prepared",
          spread_of(
              rounds, [&] { return set(single); }, [&] { return clear() && prepare(); }));
    clear();
    const int few = std::min(rounds, 100);
    const auto nft = spread_of(
        few, [] { return run(by_nft); }, [] { return run(undo_nft); });
    print("the same by running nft", nft);
    const auto tc = spread_of(
        few, [] { return run(by_tc); }, [] { return run(undo_tc); });
    print("the same by running tc", tc);
    fmt::print("nft / netlink {:.0f} x, tc / netlink {:.0f} x\n", nft.p50 / netlink.p50,
               tc.p50 / netlink.p50);
    // Each flip replaces the table of one partition by that of the other, in one transaction.
    const auto west = rule_for(50, 1);
    const auto east = rule_for(50, 2);
    bool turn = false;
    print("flip 50 + 50 addresses, both ways",
          spread_of(
              rounds, [&] { return set((turn = !turn) ? west : east); }, [] { return true; }));
    return clear() ? 0 : 1;
}
