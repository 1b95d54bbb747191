#include "injectors/devices/netem/clsact/filter_steering.hpp"

#include "tests/injectors/devices/netem/clsact/filter_bench.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Flow;
using kernel::Side;
using netem::Steered;

TEST_CASE("filters lead the packets of a fault alone, of both families, in and out", "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const auto steering = bench.open();
    for (const auto side : {Side::egress, Side::ingress}) {
        auto flow = to_far(side);
        flow.protocol = kernel::Protocol::udp;
        (side == Side::egress ? flow.peer_ports : flow.own_ports) = {7000};
        const std::vector<Steered> faults{fault(1, flow)};
        const auto ends = bench.ends(faults);
        const auto before = steering->packets().value();
        const auto done = steering->replace(faults, ends);
        INFO((done ? std::string() : done.error().message));
        REQUIRE(done.has_value());
        for (const bool v6 : {false, true}) {
            CHECK(bench.towards(side, 7000, v6)->passes(500ms));
            CHECK(bench.towards(side, 7001, v6)->passes(500ms));
        }
        const auto chain = ends.begin()->first;
        CHECK(steering->packets().value().at(chain) == 2);
        bench.set_down(ends.begin()->second.device);
        for (const bool v6 : {false, true}) {
            CHECK_FALSE(bench.towards(side, 7000, v6)->passes(50ms));
            CHECK(bench.towards(side, 7001, v6)->passes(500ms));
            const auto other = side == Side::egress ? Side::ingress : Side::egress;
            CHECK(bench.towards(other, 7000, v6)->passes(500ms));
        }
        CHECK(steering->packets().value().at(chain) == 4);
        CHECK(steering->lapse().empty());
        REQUIRE(steering->replace({}, {}).has_value());
        CHECK(steering->packets().value().at(chain) == 4);
        CHECK(bench.towards(side)->passes(500ms));
        CHECK(bench.clsact() == "");
    }
}

TEST_CASE("a packet of two faults goes where both are, and back when one of them ends",
          "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const auto steering = bench.open();
    auto narrow = to_far(Side::egress);
    narrow.protocol = kernel::Protocol::udp;
    narrow.peer_ports = {7001};
    const std::vector<Steered> both{fault(1, to_far(Side::egress)), fault(2, narrow)};
    const auto ends = bench.ends(both);
    REQUIRE(steering->replace(both, ends).has_value());
    CHECK(bench.towards(Side::egress, 7000)->passes(500ms));
    CHECK(bench.towards(Side::egress, 7001)->passes(500ms));
    auto packets = steering->packets().value();
    CHECK(packets["egress_1"] == 1);
    CHECK(packets["egress_1_2"] == 1);
    REQUIRE(steering->replace({both[1]}, {{"egress_2", ends.at("egress_2")}}).has_value());
    CHECK(bench.towards(Side::egress, 7000)->passes(500ms));
    CHECK(bench.towards(Side::egress, 7001)->passes(500ms));
    packets = steering->packets().value();
    CHECK(packets["egress_1"] == 1);
    CHECK(packets["egress_1_2"] == 1);
    CHECK(packets["egress_2"] == 1);
}

TEST_CASE("a cut of everything leaves ssh, neighbours, spared addresses and loopback alone",
          "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const auto steering = bench.open();
    Flow all;
    all.everything = true;
    all.spare = {"10.99.0.2"};
    std::vector<Steered> faults;
    for (const auto side : {Side::ingress, Side::egress}) {
        all.side = side;
        faults.push_back(fault(side == Side::ingress ? 1 : 2, all));
    }
    const auto ends = bench.ends(faults);
    const auto done = steering->replace(faults, ends);
    INFO((done ? std::string() : done.error().message));
    REQUIRE(done.has_value());
    for (const auto& [chain, end] : ends) bench.set_down(end.device);
    CHECK(bench.towards(Side::egress)->passes(500ms));
    CHECK_FALSE(bench.towards(Side::egress, 7000, true)->passes(50ms));
    CHECK(bench.hosts.at_near("ping -c1 -W1 127.0.0.1") == 0);
    CHECK(bench.hosts.at_near("ping -c1 -W1 ::1") == 0);
    // Both families have to find each other anew.
    REQUIRE(bench.hosts.at_near("ip neigh flush all") == 0);
    CHECK(bench.towards(Side::egress)->passes(2s));
    CHECK_FALSE(bench.towards(Side::egress, 7000, true)->passes(200ms));
    CHECK(bench.hosts.said_near("ip -6 neigh show fd99::2").find("lladdr") != std::string::npos);
    // Nobody listens, so a reset comes back from port 22 at once, and nothing from another.
    const auto seconds_to_fail = [&](int port) {
        const auto begin = std::chrono::steady_clock::now();
        (void)bench.hosts.at_near(
            fmt::format("timeout 1 bash -c 'exec 3<>/dev/tcp/fd99::2/{}'", port));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    CHECK(seconds_to_fail(22) < 0.9);
    CHECK(seconds_to_fail(23) >= 0.9);
}

TEST_CASE("a clsact of somebody else stays with its filters, whatever comes and goes beside them",
          "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    REQUIRE(bench.hosts.at_near("tc qdisc add dev wire clsact && tc filter add dev wire egress "
                                "protocol ip u32 match ip dst 10.99.0.77/32 flowid 1:7") == 0);
    const auto before = bench.filters("egress");
    const auto steering = bench.open();
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(faults);
    REQUIRE(steering->replace(faults, ends).has_value());
    CHECK(bench.filters("egress").find("10.99.0.77") == before.find("10.99.0.77"));
    // One more, made while ours stand; the kernel picks its priority.
    REQUIRE(bench.hosts.at_near("tc filter add dev wire ingress protocol ip u32 match ip src "
                                "10.99.0.78/32 flowid 1:8") == 0);
    REQUIRE(steering->replace(faults, ends).has_value());
    REQUIRE(steering->replace({}, {}).has_value());
    CHECK(bench.filters("egress") == before);
    CHECK(bench.filters("ingress").find("flowid 1:8") != std::string::npos);
    CHECK(bench.clsact().find("dev wire") != std::string::npos);
}

TEST_CASE("a clsact of ours that others have moved into stays, an empty one of theirs too",
          "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(faults);
    const auto steering = bench.open();
    REQUIRE(steering->replace(faults, ends).has_value());
    REQUIRE(bench.hosts.at_near("tc filter add dev wire ingress protocol ip u32 match ip src "
                                "10.99.0.78/32 flowid 1:8") == 0);
    REQUIRE(steering->replace({}, {}).has_value());
    CHECK(bench.filters("ingress").find("flowid 1:8") != std::string::npos);
    CHECK(bench.filters("egress") == "");
    REQUIRE(bench.hosts.at_near("tc filter del dev wire ingress") == 0);
    REQUIRE(steering->replace(faults, ends).has_value());
    REQUIRE(steering->replace({}, {}).has_value());
    CHECK(bench.clsact().find("dev wire") != std::string::npos);
}

TEST_CASE("filters of others at our priorities, and an ingress qdisc, are refused by name",
          "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const std::vector<Steered> out{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(out);
    const auto other = bench.open("/runs/other");
    REQUIRE(other->replace(out, bench.ends(out, "/runs/other")).has_value());
    const auto steering = bench.open();
    auto refused = steering->replace(out, ends);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == ErrorCode::refused);
    CHECK(refused.error().message.find("gameday /runs/other faults") != std::string::npos);
    CHECK(other->lapse().empty());
    REQUIRE(other->replace({}, {}).has_value());
    CHECK(bench.clsact() == "");
    REQUIRE(bench.hosts.at_near("tc qdisc add dev wire ingress") == 0);
    refused = steering->replace(out, ends);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == ErrorCode::refused);
    CHECK(refused.error().message.find("\"ingress\" of somebody else") != std::string::npos);
    const std::vector<Steered> in{fault(1, to_far(Side::ingress))};
    REQUIRE(steering->replace(in, {{"ingress_1", ends.at("egress_1")}}).has_value());
    CHECK(bench.towards(Side::ingress)->passes(500ms));
    CHECK(steering->packets().value().at("ingress_1") == 1);
    REQUIRE(steering->replace({}, {}).has_value());
    CHECK(bench.hosts.said_near("tc qdisc show dev wire").find("ingress") != std::string::npos);
}

TEST_CASE("filters that somebody took off are told as a lapse", "[steering]") {
    if (filters_missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto steering = bench.open();
    REQUIRE(steering->replace(faults, bench.ends(faults)).has_value());
    CHECK(steering->lapse() == "");
    REQUIRE(bench.hosts.at_near("tc qdisc del dev wire clsact") == 0);
    CHECK(steering->lapse().find("somebody else took them off") != std::string::npos);
    CHECK(steering->replace({}, {}).has_value());
    CHECK(bench.clsact() == "");
}
