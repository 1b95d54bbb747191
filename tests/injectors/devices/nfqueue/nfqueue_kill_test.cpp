// The nfqueue device killed at each of its steps, while packets wait in its queue.
#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/devices/nfqueue/rules.hpp"
#include "tests/injectors/kill_at.hpp"
#include "tests/injectors/leftovers.hpp"
#include "tests/injectors/scratch.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/injectors/wire_traffic.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace nfqueue_kill_test {

using namespace gameday;
using namespace gameday::test;
using namespace std::chrono_literals;
namespace nfqueue = gameday::devices::nfqueue;
using gameday::testing::Traffic;

TEST_CASE("nfqueue: killed at any step, traffic is normal within 100 ms and nothing stays",
          "[kernel][nfqueue]") {
    if (unable() || untraceable()) return;
    const TwoHosts hosts;
    auto rule = leaving(hosts);
    rule.impairment.delay = 60s;
    Traffic v4(hosts.near(), hosts.far(), "10.99.0.2", 7000);
    Traffic v6(hosts.near(), hosts.far(), "fd99::2", 7000);
    // What the child sends, so that its queue has something to do.
    Traffic its(hosts.near(), hosts.far(), "10.99.0.2", 7001);
    int in_force = 0;
    Killing killing;
    killing.work = [&] {
        const auto device = an_nfqueue();
        const auto action = nfqueue::set(rule);
        const bool set = device->prepare(FaultId{1}, action).has_value() &&
                         device->perform(FaultId{1}, action).has_value();
        its.send(5, 64, 500us);
        const bool held = comes_true([&] { return device->affected(FaultId{1}) > 0; });
        return device->perform(FaultId{1}, nfqueue::clear(rule.host)).has_value() && set && held;
    };
    killing.before = [&] {
        if (!v4.passes(2ms)) ++in_force;
    };
    killing.after = [&](const std::string& point) {
        INFO("killed " << point);
        CHECK(v4.is_back(100ms));
        CHECK(v6.is_back(100ms));
        CHECK(an_nfqueue()->perform(FaultId{1}, nfqueue::clear(rule.host)).has_value());
        CHECK(leftovers_at(rule.host) == "");
    };
    const auto most = kills_allowed(1000);
    const auto kills = kill_at_every_step(killing, most);
    std::printf("nfqueue: %zu steps, %zu kills, %d of them with the fault in force, %zu missed\n",
                kills.points, kills.kills, in_force, kills.missed);
    CHECK(kills.sound);
    CHECK(kills.kills >= std::min<std::size_t>(most, 100) / 2);
    CHECK(in_force > 0);
}

}  // namespace nfqueue_kill_test
