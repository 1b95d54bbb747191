// Targets that change while the firewall cuts there.
#include "harness/ports/device.hpp"
#include "injectors/devices/firewall/actions.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/result.hpp"

#include <memory>
#include <string>

namespace firewall_target_test {

using namespace gameday;
using namespace gameday::test;
namespace firewall = gameday::devices::firewall;
namespace kernel = gameday::kernel;

namespace {

constexpr FaultId one{1}, two{2};

std::unique_ptr<Device> a_device() { return devices::firewall_kind.make({nullptr, "/run/x", 1}); }

// What `near` says does not reach `far`.
firewall::Rule deaf(const TwoHosts& hosts) {
    kernel::Flow flow;
    flow.peers = {"10.99.0.1", "fd99::1"};
    firewall::Rule rule;
    rule.host = hosts.far();
    rule.flows = {flow};
    return rule;
}

}  // namespace

TEST_CASE("an interface that appears during a cut is told, before and after healing", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    const auto rule = deaf(hosts);
    REQUIRE(device->perform(one, firewall::set(rule)));
    CHECK(device->trouble(one) == "");
    REQUIRE(hosts.at_far("ip link add extra type veth peer name gdpeer && ip link set extra up") ==
            0);
    const auto told = "the interface extra appeared in " + hosts.far() +
                      " while the fault was in force: its packets were not touched";
    CHECK(device->trouble(one) == told);
    // A fault that begins now knows it, and has nothing to be told of.
    REQUIRE(device->perform(two, firewall::set(rule)));
    REQUIRE(device->perform(one, firewall::clear(rule.host)));
    REQUIRE(device->perform(two, firewall::clear(rule.host)));
    CHECK(device->trouble(one) == told);
    CHECK(device->trouble(two) == "");
}

TEST_CASE("an interface that was down when the cut began is cut when it comes up", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    const auto rule = deaf(hosts);
    REQUIRE(hosts.at_far("ip link set wire down") == 0);
    REQUIRE(device->perform(one, firewall::set(rule)));
    REQUIRE(hosts.at_far("ip link set wire up") == 0);
    CHECK(hosts.at_near("ping -c3 -i0.1 -W1 10.99.0.2") != 0);
    CHECK(device->affected(one) > 0);
    CHECK(device->trouble(one) == "");
    REQUIRE(device->perform(one, firewall::clear(rule.host)));
    CHECK(hosts.at_near("ping -c3 -i0.1 -W1 10.99.0.2") == 0);
    CHECK(device->trouble(one) == "");
}

TEST_CASE("a target that ends during a cut is told, and healing succeeds", "[kernel]") {
    if (unable()) return;
    TwoHosts hosts;
    const auto device = a_device();
    const auto rule = deaf(hosts);
    REQUIRE(device->perform(one, firewall::set(rule)));
    hosts.end_far();
    const auto told =
        "the process " + rule.host.substr(4) + " has ended while the fault was in force";
    CHECK(device->trouble(one) == told);
    CHECK(device->perform(one, firewall::clear(rule.host)));
    CHECK(device->perform(one, firewall::clear(rule.host)));
    CHECK(device->trouble(one) == told);
    // Nothing of ours holds the namespace any more: the other end of the wire goes with it.
    bool gone = false;
    for (int tries = 0; tries < 50 && !gone; ++tries) {
        gone = hosts.at_near("sleep 0.1; ip link show wire") != 0;
    }
    CHECK(gone);
}

TEST_CASE("a cut that the kernel refuses to change is off, not kept for ever", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = a_device();
    auto rule = deaf(hosts);
    REQUIRE(device->perform(one, firewall::set(rule)));
    REQUIRE(hosts.at_near("ping -c1 -W1 10.99.0.2") == 1);
    // More addresses than one transaction can hold.
    for (int i = 0; i < 256 * 1500; ++i) {
        rule.flows[0].peers.push_back("10." + std::to_string(i / 65536 + 100) + "." +
                                      std::to_string(i / 256 % 256) + "." +
                                      std::to_string(i % 256 / 2 * 2));
    }
    REQUIRE_FALSE(device->perform(one, firewall::set(rule)));
    CHECK(device->perform(one, firewall::clear(rule.host)));
    CHECK(hosts.at_near("ping -c1 -W1 10.99.0.2") == 0);
}

}  // namespace firewall_target_test
