#include "tests/injectors/devices/netem/clsact/filter_bench.hpp"

#include "injectors/devices/netem/clsact/filter_steering.hpp"
#include "injectors/devices/netem/links.hpp"
#include "tests/support/catch.hpp"

#include <fmt/format.h>

#include <linux/netlink.h>

#include <utility>

namespace gameday::testing {

using namespace devices;
using kernel::Flow;
using kernel::Namespace;
using kernel::Netlink;
using kernel::Side;
using netem::Steered;

FilterBench::FilterBench()
    : where_(std::make_shared<const Namespace>(
          Namespace::open(kernel::parse_host(hosts.near()).value()).value())),
      route(Netlink::open(*where_, NETLINK_ROUTE).value()) {}

std::shared_ptr<netem::Steering> FilterBench::open(const char* run) const {
    auto reaper = netem::Reaper::start();
    REQUIRE(reaper.has_value());
    return netem::steer_by_filters(run, std::move(*reaper))(where_).value();
}

netem::Ends FilterBench::ends(const std::vector<Steered>& faults, const char* run) {
    netem::Ends all;
    for (const auto& leaf : netem::leaves_of(faults).value()) {
        const auto link = netem::create_ifb(route, fmt::format("gdtest{}", ++made_),
                                            netem::alias_start(run) + " 1");
        REQUIRE(link.has_value());
        all[netem::chain_of(leaf)] = {link->name, static_cast<std::uint32_t>(link->index)};
    }
    return all;
}

void FilterBench::set_down(const std::string& ifb) const {
    REQUIRE(hosts.at_near("ip link set " + ifb + " down") == 0);
}

std::unique_ptr<Traffic> FilterBench::towards(Side side, std::uint16_t port, bool v6) const {
    const bool out = side == Side::egress;
    const auto address = std::string(v6 ? "fd99::" : "10.99.0.") + (out ? "2" : "1");
    return std::make_unique<Traffic>(out ? hosts.near() : hosts.far(),
                                     out ? hosts.far() : hosts.near(), address, port);
}

std::string FilterBench::filters(const char* side) const {
    return hosts.said_near(fmt::format("tc filter show dev wire {}", side));
}

std::string FilterBench::clsact() const { return hosts.said_near("tc qdisc show | grep clsact"); }

Flow to_far(Side side) {
    Flow flow;
    flow.side = side;
    flow.peers = {"10.99.0.2", "fd99::2"};
    return flow;
}

Steered fault(std::uint32_t number, Flow flow, Duration lease) {
    Steered steered{number, {std::move(flow)}, {}, lease};
    steered.impairment.delay = std::chrono::milliseconds(1);
    return steered;
}

bool filters_missing() {
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

}  // namespace gameday::testing
