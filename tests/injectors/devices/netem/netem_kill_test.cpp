// The netem device killed at each of its steps, two faults coming and going.
#include "harness/ports/device.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "tests/injectors/kill_at.hpp"
#include "tests/injectors/leftovers.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <chrono>
#include <cstdio>

namespace netem_kill_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::test;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Side;

TEST_CASE("netem: killed at any step, traffic is normal within 100 ms and recovery leaves nothing",
          "[netem]") {
    if (netem_missing()) return;
    if (untraceable()) return;
    const NetemBench bench;
    auto v4 = bench.towards(Side::egress), v6 = bench.towards(Side::egress, 7000, true);
    kernel::Flow flow;
    flow.side = Side::egress;
    flow.peers = {"10.99.0.2", "fd99::2"};
    kernel::Impairment total_loss;
    total_loss.loss.share = 1;
    const auto host = bench.hosts.near();
    const auto a_device = [&] { return netem_kind.make({nullptr, bench.run_dir, 1}); };
    const auto clear_both = [&](Device& device) {
        const bool one = device.perform(FaultId{1}, netem::clear(host)).has_value();
        return device.perform(FaultId{2}, netem::clear(host)).has_value() && one;
    };
    int in_force = 0, left_behind = 0;
    Killing killing;
    killing.work = [&] {
        const auto device = a_device();
        bool good = true;
        for (const auto id : {FaultId{1}, FaultId{2}}) {
            const auto action = netem::set({host, {flow}, total_loss, 10s});
            good = device->prepare(id, action) && device->perform(id, action) && good;
        }
        return clear_both(*device) && good;
    };
    killing.before = [&] {
        if (!v4->passes(5ms)) ++in_force;
    };
    killing.after = [&](const std::string& point) {
        INFO("killed " << point);
        CHECK(v4->passes(100ms));
        CHECK(v6->passes(100ms));
        const auto left = leftovers_at(host);
        CHECK(left.find("table") == std::string::npos);
        if (!left.empty()) ++left_behind;
        CHECK(clear_both(*a_device()));
        CHECK(leftovers_at(host) == "");
    };
    const auto most = kills_allowed(40);
    const auto kills = kill_at_every_step(killing, most);
    std::printf(
        "netem: %zu steps, %zu kills, %d with a fault in force, %d with something left to "
        "recover, %zu missed\n",
        kills.points, kills.kills, in_force, left_behind, kills.missed);
    CHECK(kills.sound);
    CHECK(kills.kills >= most / 2);
    CHECK(in_force > 0);
    CHECK(left_behind > 0);
}

}  // namespace netem_kill_test
