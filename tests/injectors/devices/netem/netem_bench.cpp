#include "tests/injectors/devices/netem/netem_bench.hpp"
#include "harness/ports/device.hpp"

#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/netem/links.hpp"
#include "injectors/devices/netem/readiness.hpp"
#include "injectors/kernel/host/names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/kinds.hpp"

#include <unistd.h>

#include <cstdlib>

namespace gameday::testing {

namespace netem = devices::netem;

bool netem_missing() {
    static const auto ready = netem::ready_here();
    if (ready) return false;
    if (std::getenv("GAMEDAY_IN_VM") != nullptr) FAIL(ready.error().message);
    static const bool told = [] {
        WARN("skipped, this and all that needs netem: " << ready.error().message);
        return true;
    }();
    return told;
}

NetemBench::NetemBench()
    : run_dir("/tmp/gameday-test-" + std::to_string(::getpid())),
      device(devices::netem_kind.make({nullptr, run_dir, 1})) {}

Result<void> NetemBench::try_set(FaultId id, const Impairment& impairment, Side side,
                                 std::vector<std::uint16_t> ports, Duration lease) const {
    kernel::Flow flow;
    flow.side = side;
    flow.peers = {"10.99.0.2", "fd99::2"};
    if (!ports.empty()) {
        flow.protocol = kernel::Protocol::udp;
        flow.peer_ports = std::move(ports);
    }
    return device->perform(id, netem::set({hosts.near(), {flow}, impairment, lease}));
}

void NetemBench::set(FaultId id, const Impairment& impairment, Side side,
                     std::vector<std::uint16_t> ports) const {
    const auto done = try_set(id, impairment, side, std::move(ports));
    INFO((done ? std::string() : done.error().message));
    REQUIRE(done.has_value());
}

void NetemBench::clear(FaultId id) const {
    const auto done = device->perform(id, netem::clear(hosts.near()));
    INFO((done ? std::string() : done.error().message));
    REQUIRE(done.has_value());
}

std::unique_ptr<Traffic> NetemBench::towards(Side side, std::uint16_t port, bool v6) const {
    if (side == Side::egress) {
        return std::make_unique<Traffic>(hosts.near(), hosts.far(), v6 ? "fd99::2" : "10.99.0.2",
                                         port);
    }
    return std::make_unique<Traffic>(hosts.far(), hosts.near(), v6 ? "fd99::1" : "10.99.0.1", port);
}

std::string NetemBench::own_interfaces() const {
    return hosts.said_near("ip -o link show type ifb");
}

std::string NetemBench::first_interface() const {
    return netem::ifb_name(kernel::run_tag(run_dir), 1);
}

}  // namespace gameday::testing
