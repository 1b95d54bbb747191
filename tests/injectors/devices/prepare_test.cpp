// Faults that are prepared and not yet in force: nobody notices, nothing stays.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/injectors/leftovers.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/injectors/wire_traffic.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace prepare_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace devices = gameday::devices;
namespace kernel = gameday::kernel;
using gameday::testing::Traffic;

namespace {

constexpr FaultId one{1};

kernel::Flow towards_far(const TwoHosts&) {
    kernel::Flow flow;
    flow.side = kernel::Side::egress;
    flow.peers = {"10.99.0.2", "fd99::2"};
    return flow;
}

kernel::Impairment total_loss() {
    kernel::Impairment it;
    it.loss.share = 1;
    return it;
}

// What takes all that near sends to far away, by each device.
struct Way {
    std::function<std::unique_ptr<Device>()> make;
    std::function<Action(const std::string& host, const kernel::Flow&)> set;
    std::function<Action(const std::string& host)> clear;
};

Way by_firewall() {
    return {[] {
                return devices::firewall_kind.make({nullptr, "/run/x", 1});
            },
            [](const std::string& host, const kernel::Flow& flow) {
                devices::firewall::Rule rule;
                rule.host = host;
                rule.flows = {flow};
                return devices::firewall::set(rule);
            },
            devices::firewall::clear};
}

Way by_nfqueue() {
    return {[] {
                return devices::nfqueue_kind.make({nullptr, "/run/x", 1});
            },
            [](const std::string& host, const kernel::Flow& flow) {
                return devices::nfqueue::set({host, {flow}, total_loss(), 10s});
            },
            devices::nfqueue::clear};
}

Way by_netem() {
    return {[] {
                return devices::netem_kind.make({nullptr, "/run/x", 1});
            },
            [](const std::string& host, const kernel::Flow& flow) {
                return devices::netem::set({host, {flow}, total_loss(), 10s});
            },
            devices::netem::clear};
}

void nothing_is_noticed_before_it_is_performed(const Way& way) {
    const TwoHosts hosts;
    const auto action = way.set(hosts.near(), towards_far(hosts));
    const auto clear = way.clear(hosts.near());
    {
        const auto device = way.make();
        Traffic v4(hosts.near(), hosts.far(), "10.99.0.2", 7000);
        Traffic v6(hosts.near(), hosts.far(), "fd99::2", 7000);
        REQUIRE(device->prepare(one, action));
        CHECK(leftovers_at(hosts.near()) != "");  // it stands there already
        CHECK(v4.passes(1s));
        CHECK(v6.passes(1s));
        CHECK(device->affected(one) <= 0);
        CHECK(device->trouble(one) == "");
        REQUIRE(device->perform(one, action));
        CHECK_FALSE(v4.passes(50ms));
        CHECK_FALSE(v6.passes(50ms));
        CHECK(device->affected(one) >= 2);
        // The same once more while it stands: it holds all the time.
        REQUIRE(device->prepare(one, action));
        CHECK_FALSE(v4.passes(50ms));
        REQUIRE(device->perform(one, action));
        CHECK_FALSE(v4.passes(50ms));
        REQUIRE(device->perform(one, clear));
        CHECK(v4.passes(1s));
        CHECK(v6.passes(1s));
        CHECK(device->trouble(one) == "");
    }
    CHECK(leftovers_at(hosts.near()) == "");
}

void what_is_prepared_only_is_undone(const Way& way) {
    const TwoHosts hosts;
    const auto action = way.set(hosts.near(), towards_far(hosts));
    const auto cleared = way.make();
    REQUIRE(cleared->prepare(one, action));
    REQUIRE(cleared->perform(one, way.clear(hosts.near())));
    auto left = leftovers_at(hosts.near());
    for (int tries = 0; tries < 50 && !left.empty(); ++tries) {  // sockets close in the background
        CHECK(hosts.at_near("sleep 0.05") == 0);
        left = leftovers_at(hosts.near());
    }
    CHECK(left == "");
    Traffic traffic(hosts.near(), hosts.far(), "10.99.0.2", 7000);
    CHECK(traffic.passes(1s));
}

// As when a fault is aimed at two hosts, and one of them is not there any more.
void one_that_cannot_be_prepared_leaves_the_other_untouched(const Way& way) {
    TwoHosts hosts;
    const auto here = way.set(hosts.near(), towards_far(hosts));
    const auto there = way.set(hosts.far(), towards_far(hosts));
    const auto device = way.make();
    REQUIRE(device->prepare(one, here));
    hosts.end_far();
    CHECK_FALSE(device->prepare(one, there).has_value());
    CHECK(device->affected(one) <= 0);
    CHECK(device->perform(one, way.clear(hosts.near())));
}

void is_sound(const Way& way) {
    nothing_is_noticed_before_it_is_performed(way);
    what_is_prepared_only_is_undone(way);
    one_that_cannot_be_prepared_leaves_the_other_untouched(way);
}

}  // namespace

TEST_CASE("firewall: a cut that is prepared is not noticed until it is performed", "[kernel]") {
    if (!unable()) is_sound(by_firewall());
}

TEST_CASE("nfqueue: a loss that is prepared is not noticed until it is performed",
          "[kernel][nfqueue]") {
    if (!unable()) is_sound(by_nfqueue());
}

TEST_CASE("netem: a loss that is prepared is not noticed until it is performed", "[netem]") {
    if (!gameday::testing::netem_missing()) is_sound(by_netem());
}

}  // namespace prepare_test
