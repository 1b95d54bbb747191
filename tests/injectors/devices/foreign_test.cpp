// What others have made on a host: faults come and go beside it and leave it as it was.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/result.hpp"

#include <string>

namespace foreign_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;
namespace nfqueue = gameday::devices::nfqueue;

namespace {

constexpr FaultId one{1};

// A table, a qdisc with a class, and a clsact at the interface.
void make_foreign(const TwoHosts& hosts) {
    REQUIRE(hosts.at_near("nft 'table inet theirs { chain in { type filter hook input priority 0; "
                          "tcp dport 81 drop; }; }'") == 0);
    REQUIRE(hosts.at_near("tc qdisc add dev wire root handle 1: htb && "
                          "tc class add dev wire parent 1: classid 1:2 htb rate 1gbit && "
                          "tc qdisc add dev wire parent 1:2 handle 20: pfifo limit 77 && "
                          "tc qdisc add dev wire clsact") == 0);
}

// All of it, without counters; `nft` lists tables of ours, too.
std::string seen(const TwoHosts& hosts) {
    return hosts.said_near(
        "tc qdisc show dev wire | sed s/direct_packets_stat.[0-9]*//; "
        "nft list table inet theirs");
}

}  // namespace

TEST_CASE("firewall and nfqueue leave tables and qdiscs of others as they are", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    make_foreign(hosts);
    const auto before = seen(hosts);
    REQUIRE(before.find("limit 77") != std::string::npos);
    REQUIRE(before.find("clsact") != std::string::npos);
    REQUIRE(before.find("tcp dport 81 drop") != std::string::npos);
    const auto cuts = devices::firewall_kind.make({nullptr, "/run/x", 1});
    const auto queue = an_nfqueue();
    auto delayed = leaving(hosts);
    delayed.impairment.delay = 1ms;
    const firewall::Rule cut{hosts.near(), delayed.flows};
    for (int i = 0; i < 3; ++i) {
        REQUIRE(cuts->perform(one, firewall::set(cut)));
        REQUIRE(queue->perform(one, nfqueue::set(delayed)));
        CHECK(seen(hosts) == before);
        REQUIRE(cuts->perform(one, firewall::clear(hosts.near())));
        REQUIRE(queue->perform(one, nfqueue::clear(hosts.near())));
        CHECK(seen(hosts) == before);
    }
}

TEST_CASE("netem: tables and qdiscs of others stay as they are", "[netem]") {
    if (gameday::testing::netem_missing()) return;
    const gameday::testing::NetemBench bench;
    make_foreign(bench.hosts);
    const auto before = seen(bench.hosts);
    REQUIRE(before.find("limit 77") != std::string::npos);
    kernel::Impairment it;
    it.delay = 1ms;
    bench.set(one, it, kernel::Side::egress);
    CHECK(seen(bench.hosts) == before);
    bench.clear(one);
    CHECK(seen(bench.hosts) == before);
}

TEST_CASE("netem: what is on its way when a fault is healed arrives", "[netem]") {
    if (gameday::testing::netem_missing()) return;
    const gameday::testing::NetemBench bench;
    kernel::Impairment it;
    it.delay = 300ms;
    bench.set(one, it, kernel::Side::egress);
    auto traffic = bench.towards(kernel::Side::egress);
    traffic->send(100, 64, 1ms);
    CHECK(traffic->arrivals().empty());
    bench.clear(one);
    traffic->send(10, 64, 1ms);
    traffic->settle(500ms);
    CHECK(traffic->arrivals().size() == 110);
    CHECK(bench.own_interfaces() == "");
}

}  // namespace foreign_test
