// Filters on a real kernel, with ifbs that have no netem: so this runs wherever there is an ifb and
// u32. An ifb that is down swallows what it gets, one that is up hands it on.
#include "injectors/devices/netem/clsact/filter_steering.hpp"

#include "injectors/devices/common/kernel/lease_keeper.hpp"
#include "injectors/devices/common/kernel/netlink.hpp"
#include "injectors/devices/netem/clsact/hooks.hpp"
#include "injectors/devices/netem/clsact/ranks.hpp"
#include "injectors/devices/netem/links.hpp"
#include "tests/injectors/devices/netem/wire_traffic.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <linux/netlink.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

using namespace gameday;
using namespace gameday::devices;
using namespace gameday::testing;
using namespace std::chrono_literals;
using kernel::Flow;
using kernel::Namespace;
using kernel::Netlink;
using kernel::Side;
using netem::Steered;

namespace {

constexpr const char* run_dir = "/runs/filters";

class FilterBench {
 public:
    FilterBench()
        : where_(std::make_shared<const Namespace>(
              Namespace::open(kernel::parse_host(hosts.near()).value()).value())),
          route(Netlink::open(*where_, NETLINK_ROUTE).value()) {}

    // A steering of its own with a reaper of its own, as another process would have.
    [[nodiscard]] std::shared_ptr<netem::Steering> open(const char* run = run_dir) const {
        auto reaper = netem::Reaper::start();
        REQUIRE(reaper.has_value());
        return netem::steer_by_filters(run, std::move(*reaper))(where_).value();
    }

    // An ifb for each set of faults; they let pass until they are set down.
    netem::Ends ends(const std::vector<Steered>& faults, const char* run = run_dir) {
        netem::Ends all;
        for (const auto& leaf : netem::leaves_of(faults).value()) {
            const auto link = netem::create_ifb(route, fmt::format("gdtest{}", ++made_),
                                                netem::alias_start(run) + " 1");
            REQUIRE(link.has_value());
            all[netem::chain_of(leaf)] = {link->name, static_cast<std::uint32_t>(link->index)};
        }
        return all;
    }
    void set_down(const std::string& ifb) const {
        REQUIRE(hosts.at_near("ip link set " + ifb + " down") == 0);
    }

    [[nodiscard]] std::unique_ptr<Traffic> towards(Side side, std::uint16_t port = 7000,
                                                   bool v6 = false) const {
        const bool out = side == Side::egress;
        const auto address = std::string(v6 ? "fd99::" : "10.99.0.") + (out ? "2" : "1");
        return std::make_unique<Traffic>(out ? hosts.near() : hosts.far(),
                                         out ? hosts.far() : hosts.near(), address, port);
    }
    [[nodiscard]] std::string filters(const char* side) const {
        return hosts.said_near(fmt::format("tc filter show dev wire {}", side));
    }
    [[nodiscard]] std::string clsact() const {
        return hosts.said_near("tc qdisc show | grep clsact");
    }

    test::TwoHosts hosts;

 private:
    std::shared_ptr<const Namespace> where_;
    int made_ = 0;

 public:
    Netlink route;
};

Flow to_far(Side side) {
    Flow flow;
    flow.side = side;
    flow.peers = {"10.99.0.2", "fd99::2"};
    return flow;
}

Steered fault(std::uint32_t number, Flow flow, Duration lease = 10s) {
    Steered steered{number, {std::move(flow)}, {}, lease};
    steered.impairment.delay = 1ms;
    return steered;
}

bool missing() {
    auto why = test::TwoHosts::missing();
    if (why.empty()) {
        auto where = Namespace::scratch();
        auto route = Netlink::open(*where, NETLINK_ROUTE);
        const auto ifb = netem::create_ifb(*route, "gdtry", "gameday try faults 1");
        auto reaper = netem::Reaper::start();
        REQUIRE(reaper.has_value());
        const auto shared = std::make_shared<const Namespace>(std::move(*where));
        auto steering = netem::steer_by_filters("try", std::move(*reaper))(shared);
        if (!ifb) {
            why = ifb.error().message;
        } else {
            const auto tried = (*steering)->replace(
                {fault(1, to_far(Side::egress))},
                {{"egress_1", {ifb->name, static_cast<std::uint32_t>(ifb->index)}}});
            if (!tried) why = tried.error().message;
        }
    }
    if (!why.empty()) WARN("skipped: " << why);
    return !why.empty();
}

}  // namespace

TEST_CASE("filters lead the packets of a fault alone, of both families, in and out", "[steering]") {
    if (missing()) return;
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
    if (missing()) return;
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
    if (missing()) return;
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
    if (missing()) return;
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
    if (missing()) return;
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
    if (missing()) return;
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
    if (missing()) return;
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

namespace {

// A child that puts the fault in force, tells us, and waits to be killed.
pid_t steering_child(FilterBench& bench, const std::vector<Steered>& faults,
                     const netem::Ends& ends) {
    std::fflush(stdout);
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        static const auto steering = bench.open();
        static kernel::LeaseKeeper keeper;
        const char good = steering->replace(faults, ends) ? 'y' : 'n';
        keeper.keep(steering, faults.front().lease);
        (void)!::write(told[1], &good, 1);
        for (;;) ::pause();
    }
    char good = 'n';
    (void)!::read(told[0], &good, 1);
    ::close(told[0]);
    ::close(told[1]);
    REQUIRE(good == 'y');
    return pid;
}

}  // namespace

TEST_CASE("killed, the filters are off at once, and another process finds the rest", "[steering]") {
    if (missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(faults);
    const auto traffic = bench.towards(Side::egress);
    Duration longest{};
    for (int i = 0; i < 10; ++i) {
        const pid_t pid = steering_child(bench, faults, ends);
        bench.set_down(ends.begin()->second.device);
        CHECK_FALSE(traffic->passes(30ms));
        ::kill(pid, SIGKILL);
        const auto took = traffic->passes_after(5s);
        longest = std::max(longest, took);
        CHECK(took <= 1s);  // a busy machine; tests/vm holds 100 ms
        ::waitpid(pid, nullptr, 0);
        CHECK(bench.clsact().find("dev wire") != std::string::npos);
        REQUIRE(netem::remove_marked(bench.route, netem::mark_of(run_dir)).has_value());
        CHECK(bench.clsact() == "");
        REQUIRE(bench.hosts.at_near("ip link set " + ends.begin()->second.device + " up") == 0);
    }
    std::printf("filters off after kill -9: %s at most\n", format_duration(longest).c_str());
}

TEST_CASE("stopped, the filters are off when the lease ends, and do not come back", "[steering]") {
    if (missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress), 600ms)};
    const auto ends = bench.ends(faults);
    const auto traffic = bench.towards(Side::egress);
    const pid_t pid = steering_child(bench, faults, ends);
    bench.set_down(ends.begin()->second.device);
    std::this_thread::sleep_for(1200ms);  // the lease is renewed meanwhile
    CHECK_FALSE(traffic->passes(30ms));
    ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(100ms);
    CHECK_FALSE(traffic->passes(30ms));
    std::this_thread::sleep_for(700ms);
    CHECK(traffic->passes(100ms));
    ::kill(pid, SIGCONT);
    std::this_thread::sleep_for(400ms);
    CHECK(traffic->passes(100ms));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST_CASE("recovery alone is enough when the reaper was killed as well", "[steering]") {
    if (missing()) return;
    FilterBench bench;
    const std::vector<Steered> faults{fault(1, to_far(Side::egress))};
    const auto ends = bench.ends(faults);
    const pid_t pid = steering_child(bench, faults, ends);
    bench.set_down(ends.begin()->second.device);
    // Its only child is the reaper.
    const auto listed = fmt::format("/proc/{0}/task/{0}/children", pid);
    FILE* const file = std::fopen(listed.c_str(), "r");
    REQUIRE(file != nullptr);
    int reaper = 0;
    REQUIRE(std::fscanf(file, "%d", &reaper) == 1);
    std::fclose(file);
    ::kill(reaper, SIGKILL);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    const auto traffic = bench.towards(Side::egress);
    CHECK_FALSE(traffic->passes(100ms));
    REQUIRE(netem::remove_marked(bench.route, netem::mark_of(run_dir)).has_value());
    CHECK(traffic->passes(100ms));
    CHECK(bench.clsact() == "");
}
