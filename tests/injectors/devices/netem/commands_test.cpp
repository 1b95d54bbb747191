#include "injectors/devices/netem/commands.hpp"

#include "injectors/devices/netem/links.hpp"
#include "injectors/kernel/nft/netlink.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/support/catch.hpp"

#include <linux/netlink.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace commands_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Impairment;

namespace {

Impairment much() {
    Impairment it;
    it.delay = 80ms;
    it.jitter = 8ms;
    it.delay_correlation = 0.05;
    it.distribution = kernel::Distribution::normal;
    it.gilbert_elliott = kernel::GilbertElliott{0.01, 0.3, 0.8, 0.005};
    it.ecn = true;
    it.duplicate = 0.005;
    it.corrupt = 0.002;
    it.corrupt_correlation = 0.1;
    it.reorder = 0.03;
    it.gap = 2;
    it.rate = 1'250'000;
    it.packet_overhead = 20;
    it.slot = kernel::Slot{800us, 1ms, 32, 0};
    return it;
}

}  // namespace

TEST_CASE("the words for tc say all that is not as netem begins") {
    CHECK(netem::netem_words({}) == "limit 10000");
    CHECK(netem::netem_words(much()) ==
          "limit 3060 delay 80ms 8ms 5% distribution normal loss gemodel 1% 30% 80% 0.5% ecn "
          "duplicate 0.5% corrupt 0.2% 10% reorder 3% gap 2 rate 1250000bps 20 0 0 "
          "slot 800us 1ms packets 32");
    Impairment it;
    it.four_state = kernel::FourState{0.05, 0.5, 0.1, 0.6, 0.01};
    CHECK(netem::netem_words(it) == "limit 10000 loss state 5% 50% 10% 60% 1%");
}

TEST_CASE("the lines for a shell make one interface for each side, and undo it all") {
    kernel::Flow in, out;
    in.peers = out.peers = {"10.0.0.2"};
    out.side = kernel::Side::egress;
    Impairment it;
    it.delay = 100ms;
    const auto commands =
        netem::commands_of({"netns:db", {in, out}, it, 10s}, 4, "/runs/1", {"eth0"});
    REQUIRE(commands.has_value());
    REQUIRE(commands->apply.size() == 7);
    CHECK(commands->apply[0].starts_with("nsenter --net=/run/netns/db ip link add gd"));
    CHECK(commands->apply[1].ends_with("alias 'gameday /runs/1 faults 4' up"));
    CHECK(commands->apply[2].ends_with("root handle 4744: netem limit 40000 delay 100ms"));
    CHECK(commands->apply[6].starts_with("nsenter --net=/run/netns/db nft 'table netdev gameday_"));
    REQUIRE(commands->undo.size() == 3);
    CHECK(commands->undo[0].starts_with(
        "nsenter --net=/run/netns/db nft delete table netdev gameday_"));
}

TEST_CASE("the lines pasted into a shell make what the device would have made", "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    kernel::Flow flow;
    flow.side = kernel::Side::egress;
    flow.peers = {"10.99.0.2", "fd99::2"};
    const netem::Rule rule{bench.hosts.near(), {flow}, much(), 10s};
    const auto commands = netem::commands_of(rule, 1, bench.run_dir, {"lo", "wire"});
    REQUIRE(commands.has_value());
    const auto run = [](const std::vector<std::string>& lines) {
        const std::string path = "/tmp/gameday-lines.sh";
        std::ofstream file(path);
        file << "set -e\n";
        for (const auto& line : lines) file << line << '\n';
        file.close();
        return std::system(("/bin/sh " + path).c_str());
    };
    REQUIRE(run(commands->apply) == 0);
    auto where = kernel::Namespace::open(kernel::parse_host(rule.host).value());
    auto route = kernel::Netlink::open(where.value(), NETLINK_ROUTE);
    bool found = false;
    for (const auto& message : route->dump(netem::dump_qdiscs(1)).value()) {
        const auto standing = netem::read_qdisc(message);
        if (!standing || !standing->settings) continue;
        found = true;
        CHECK(netem::difference(netem::settings_of(much()).value(), *standing->settings) == "");
    }
    CHECK(found);
    auto traffic = bench.towards(kernel::Side::egress);
    traffic->send(20, 64, 1ms);
    traffic->settle(300ms);
    CHECK(median_took(traffic->arrivals()) > 40ms);
    REQUIRE(run(commands->undo) == 0);
    CHECK(bench.own_interfaces() == "");
    CHECK(bench.hosts.said_near("nft list tables | grep gameday_") == "");
}

}  // namespace commands_test
