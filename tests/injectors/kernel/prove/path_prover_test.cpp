#include "injectors/kernel/prove/path_prover.hpp"
#include "harness/ports/device.hpp"

#include "injectors/devices/firewall/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/result.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace path_prover_test {

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::test;
using namespace std::chrono_literals;
using kernel::Effect;
using kernel::Flow;
using kernel::Path;
using kernel::PathProver;
using kernel::Protocol;

namespace {

constexpr FaultId one{1};

Flow to_far() {
    Flow flow;
    flow.side = kernel::Side::egress;
    flow.peers = {"10.99.0.2", "fd99::2"};
    return flow;
}

kernel::Host host_of(const std::string& text) { return kernel::parse_host(text).value(); }

std::string all_of(const Proof& proof) {
    std::string text;
    for (const auto& note : proof.notes) text += note + "\n";
    return text + proof.contradiction;
}

bool has(const Proof& proof, const std::string& part) {
    return all_of(proof).find(part) != std::string::npos;
}

// As a run does it: prepared, performed, left in force for a while, healed, asked.
Proof proof_of(Device& device, const Action& set, const Action& clear) {
    REQUIRE(device.prepare(one, set));
    REQUIRE(device.perform(one, set));
    std::this_thread::sleep_for(1500ms);
    // Nobody but gameday sends here: packets of its own prove no bite.
    CHECK(device.affected(one) == 0);
    REQUIRE(device.perform(one, clear));
    return device.proof(one);
}

}  // namespace

TEST_CASE("packets of our own go where somebody can be expected to answer") {
    Flow flow;
    flow.peers = {"10.0.0.0/8", "10.0.0.7", "10.0.0.8", "fd00::7"};
    CHECK(kernel::paths_of({flow}) == std::vector<Path>{{"", "10.0.0.7", 0}, {"", "fd00::7", 0}});
    // Packets from elsewhere than the flow says, or to whom it spares, would not meet the fault.
    flow.own = {"10.0.0.1"};
    CHECK(kernel::paths_of({flow}) == std::vector<Path>{{"10.0.0.1", "10.0.0.7", 0}});
    flow.own = {"10.0.0.0/24", "fd00::/64"};
    CHECK(kernel::paths_of({flow}).empty());
    flow.own = {"10.0.0.1"};
    flow.spare = {"10.0.0.4/30"};
    CHECK(kernel::paths_of({flow}).empty());
    flow.spare = {"10.0.0.8/30", "fd00::/64"};
    CHECK(kernel::paths_of({flow}).size() == 1);
    flow.spare.clear();
    flow.protocol = Protocol::tcp;
    CHECK(kernel::paths_of({flow}).empty());
    flow.peer_ports = {5432, 80};
    CHECK(kernel::paths_of({flow}).front() == Path{"10.0.0.1", "10.0.0.7", 5432});
    flow.own_ports = {80};
    CHECK(kernel::paths_of({flow}).empty());
    flow.own_ports.clear();
    flow.protocol = Protocol::udp;
    CHECK(kernel::paths_of({flow}).empty());
    Flow all;
    all.everything = true;
    CHECK(kernel::paths_of({all}).empty());
}

TEST_CASE("of an impairment only what holds for each packet is expected of a few") {
    kernel::Impairment it;
    CHECK(kernel::effect_of(it) == Effect{});
    it.delay = 100ms;
    CHECK(kernel::effect_of(it) == Effect{false, 95ms});
    it.jitter = 20ms;
    CHECK(kernel::effect_of(it) == Effect{false, 76ms});
    it.distribution = kernel::Distribution::normal;
    CHECK(kernel::effect_of(it) == Effect{});
    it = {};
    it.delay = 100ms;
    it.reorder = 0.1;
    CHECK(kernel::effect_of(it) == Effect{});
    it = {};
    it.loss.share = 0.5;
    CHECK_FALSE(kernel::effect_of(it).silence);
    it.loss.share = 1;
    CHECK(kernel::effect_of(it).silence);
}

TEST_CASE("a way is asked by echoes and by connections, in both families", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto near = host_of(hosts.near());
    for (const Path& path : {Path{"", "10.99.0.2", 0}, Path{"10.99.0.1", "10.99.0.2", 0},
                             Path{"", "fd99::2", 0}, Path{"", "10.99.0.2", 7}}) {
        INFO(path_text(path));
        const auto seen = kernel::probe(near, path, 3, 2s, {});
        REQUIRE(seen);
        CHECK(seen->sent == 3);
        CHECK(seen->answered == 3);  // port 7 is refused, and that is an answer
        CHECK(seen->median < 1s);
    }
    for (const Path& path : {Path{"", "10.99.0.77", 0}, Path{"", "10.99.0.77", 7}}) {
        const auto nobody = kernel::probe(near, path, 3, 100ms, {});
        REQUIRE(nobody);
        CHECK(nobody->answered == 0);
        CHECK(answers_text(*nobody) == "none of 3 answered");
    }
    CHECK_FALSE(kernel::probe(host_of("netns:gameday-no-such"), {"", "10.99.0.2", 0}, 1, 1s, {}));
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(kernel::probe(near, {"", "10.99.0.77", 0}, 3, 60s, stop.get_token()));
}

TEST_CASE("firewall: packets of our own prove a cut and its end, and count for no bite",
          "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    DeviceContext context{nullptr, "/run/x", 1, true};
    const auto device = firewall_kind.make(context);
    firewall::Rule rule;
    rule.host = hosts.near();
    rule.flows = {to_far()};
    const auto proof = proof_of(*device, firewall::set(rule), firewall::clear(rule.host));
    INFO(all_of(proof));
    CHECK(proof.contradiction == "");
    REQUIRE(proof.notes.size() == 2);
    CHECK(has(proof, "→ 10.99.0.2: "));
    CHECK(has(proof, "→ fd99::2: "));
    CHECK(has(proof, "s before, none of 5 answered under the fault, "));
    // A cut that lets connections live is not looked into.
    rule.scope = firewall::Scope::fresh;
    const auto other = firewall_kind.make(context);
    CHECK(proof_of(*other, firewall::set(rule), firewall::clear(rule.host)).notes.empty());
}

TEST_CASE("nfqueue: packets of our own prove a delay and its end", "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = nfqueue_kind.make({nullptr, "/run/x", 1, true});
    nfqueue::Rule rule;
    rule.host = hosts.near();
    rule.flows = {to_far()};
    rule.impairment.delay = 200ms;
    const auto proof = proof_of(*device, nfqueue::set(rule), nfqueue::clear(rule.host));
    INFO(all_of(proof));
    CHECK(proof.contradiction == "");
    REQUIRE(proof.notes.size() == 2);
    CHECK(has(proof, " ms under the fault"));
}

TEST_CASE("without leave no packet of our own is sent", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto device = firewall_kind.make({nullptr, "/run/x", 1});
    firewall::Rule rule;
    rule.host = hosts.near();
    rule.flows = {to_far()};
    REQUIRE(device->prepare(one, firewall::set(rule)));
    REQUIRE(device->perform(one, firewall::set(rule)));
    REQUIRE(device->perform(one, firewall::clear(rule.host)));
    CHECK(device->proof(one).notes.empty());
}

TEST_CASE("a cut that is none, a delay that is none and a way that stays dead are found",
          "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto near = host_of(hosts.near());
    {
        PathProver prover(true);
        prover.before(one, near, {to_far()});
        prover.begin(one, near, {true, {}});
        std::this_thread::sleep_for(1s);
        const auto proof = prover.proof(one);
        INFO(all_of(proof));
        CHECK(has(proof, "were answered on the way → 10.99.0.2, which should have been cut"));
        CHECK(prover.packets(one) == 20);  // two ways, five requests with their answers
    }
    {
        PathProver prover(true);
        prover.before(one, near, {to_far()});
        prover.begin(one, near, {false, 2s});
        std::this_thread::sleep_for(1s);
        CHECK(has(prover.proof(one), "where each should have taken 2 s or more"));
    }
    PathProver prover(true);
    prover.before(one, near, {to_far()});
    prover.begin(one, near, {true, {}});
    prover.end(one, near);
    REQUIRE(hosts.at_far("ip link set wire down") == 0);
    const auto proof = prover.proof(one);
    INFO(all_of(proof));
    CHECK(has(proof, "the way → 10.99.0.2 answered before the fault, and does not at the end"));
}

TEST_CASE("a way that never answered accuses nobody", "[kernel]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto near = host_of(hosts.near());
    Flow flow;
    flow.peers = {"10.99.0.77"};
    PathProver prover(true);
    prover.before(one, near, {flow});
    prover.begin(one, near, {true, {}});
    prover.end(one, near);
    const auto proof = prover.proof(one);
    CHECK(proof.contradiction == "");
    REQUIRE(proof.notes.size() == 1);
    CHECK(has(proof, "none of 1 answered before, not asked under the fault, none of 5 answered"));
}

TEST_CASE("a delay that is still there at the end is found", "[kernel][nfqueue]") {
    if (unable()) return;
    const TwoHosts hosts;
    const auto near = host_of(hosts.near());
    PathProver prover(true);
    prover.before(one, near, {to_far()});
    prover.begin(one, near, {false, 190ms});
    prover.end(one, near);
    const auto device = nfqueue_kind.make({nullptr, "/run/x", 1});
    nfqueue::Rule rule;
    rule.host = hosts.near();
    rule.flows = {to_far()};
    rule.impairment.delay = 200ms;
    REQUIRE(device->perform(one, nfqueue::set(rule)));
    const auto proof = prover.proof(one);
    INFO(all_of(proof));
    CHECK(has(proof, " ms at the end, "));
    CHECK_THAT(proof.contradiction, Catch::Matchers::Contains("still take"));
    REQUIRE(device->perform(one, nfqueue::clear(rule.host)));
}

}  // namespace path_prover_test
