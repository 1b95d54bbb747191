// The firewall device killed at each of its steps.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "tests/injectors/kill_at.hpp"
#include "tests/injectors/leftovers.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/injectors/wire_traffic.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <chrono>
#include <cstdio>

namespace firewall_kill_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;
using gameday::testing::Traffic;

TEST_CASE("firewall: killed at any step, traffic is normal within 100 ms and nothing stays",
          "[kernel]") {
    if (unable() || untraceable()) return;
    const TwoHosts hosts;
    const auto rule = [&] {
        kernel::Flow flow;
        flow.peers = {"10.99.0.1", "fd99::1"};
        firewall::Rule made;
        made.host = hosts.far();
        made.flows = {flow};
        return made;
    }();
    Traffic v4(hosts.near(), hosts.far(), "10.99.0.2", 7000);
    Traffic v6(hosts.near(), hosts.far(), "fd99::2", 7000);
    const auto a_device = [] { return devices::firewall_kind.make({nullptr, "/run/x", 1}); };
    int in_force = 0;
    Killing killing;
    killing.work = [&] {
        const auto device = a_device();
        const auto action = firewall::set(rule);
        const bool set = device->prepare(FaultId{1}, action).has_value() &&
                         device->perform(FaultId{1}, action).has_value();
        return device->perform(FaultId{1}, firewall::clear(rule.host)).has_value() && set;
    };
    killing.before = [&] {
        if (!v4.passes(2ms) && !v6.passes(2ms)) ++in_force;
    };
    killing.after = [&](const std::string& point) {
        INFO("killed " << point);
        CHECK(v4.is_back(100ms));
        CHECK(v6.is_back(100ms));
        CHECK(a_device()->perform(FaultId{1}, firewall::clear(rule.host)).has_value());
        CHECK(leftovers_at(rule.host) == "");
    };
    const auto kills = kill_at_every_step(killing, kills_allowed(1000));
    std::printf("firewall: %zu steps, %zu kills, %d of them with the fault in force, %zu missed\n",
                kills.points, kills.kills, in_force, kills.missed);
    CHECK(kills.sound);
    CHECK(kills.kills >= 100);
    CHECK(in_force >= 10);
}

}  // namespace firewall_kill_test
