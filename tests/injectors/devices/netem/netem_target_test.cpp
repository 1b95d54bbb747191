// Targets that change while netem's faults are in force there.
#include "injectors/devices/netem/actions.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/result.hpp"

#include <chrono>
#include <string>

namespace netem_target_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Impairment;
using kernel::Side;

namespace {

constexpr FaultId one{1}, two{2};

Impairment some_delay() {
    Impairment it;
    it.delay = 5ms;
    return it;
}

}  // namespace

TEST_CASE("netem: an interface that appears is told of the faults that stood, not of later ones",
          "[netem]") {
    if (netem_missing()) return;
    const NetemBench bench;
    bench.set(one, some_delay(), Side::egress);
    CHECK(bench.device->trouble(one) == "");
    REQUIRE(bench.hosts.at_near("ip link add extra type dummy && ip link set extra up") == 0);
    const auto told = "the interface extra appeared in " + bench.hosts.near() +
                      " while the fault was in force: its packets were not touched";
    CHECK(bench.device->trouble(one) == told);
    bench.set(two, some_delay(), Side::egress, {7001});
    CHECK(bench.device->trouble(two) == "");
    bench.clear(one);
    bench.clear(two);
    CHECK(bench.device->trouble(one) == told);
    CHECK(bench.device->trouble(two) == "");
    CHECK(bench.own_interfaces() == "");
}

TEST_CASE("netem: a target that ends under a fault is told, and healing succeeds", "[netem]") {
    if (netem_missing()) return;
    NetemBench bench;
    const auto host = bench.hosts.far();
    kernel::Flow flow;
    flow.peers = {"10.99.0.1"};
    REQUIRE(bench.device->perform(one, netem::set({host, {flow}, some_delay(), 10s})));
    CHECK(bench.device->trouble(one) == "");
    bench.hosts.end_far();
    const auto told = "the process " + host.substr(4) + " has ended while the fault was in force";
    CHECK(bench.device->trouble(one) == told);
    CHECK(bench.device->perform(one, netem::clear(host)));
    CHECK(bench.device->perform(one, netem::clear(host)));
    CHECK(bench.device->trouble(one) == told);
}

}  // namespace netem_target_test
