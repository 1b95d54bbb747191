// Two hosts, filters of the near one, and ifbs without netem: so this runs wherever there is an ifb
// and u32. An ifb that is down swallows what it gets, one that is up hands it on.
#pragma once

#include "injectors/devices/common/kernel/netlink.hpp"
#include "injectors/devices/netem/steering.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/injectors/wire_traffic.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gameday::testing {

inline constexpr const char* filters_run = "/runs/filters";

// Whether this machine cannot do it; then says why.
bool filters_missing();

class FilterBench {
 public:
    FilterBench();

    // A steering of its own with a reaper of its own, as another process would have.
    [[nodiscard]] std::shared_ptr<devices::netem::Steering> open(
        const char* run = filters_run) const;
    // An ifb for each set of faults; they let pass until they are set down.
    devices::netem::Ends ends(const std::vector<devices::netem::Steered>& faults,
                              const char* run = filters_run);
    void set_down(const std::string& ifb) const;

    [[nodiscard]] std::unique_ptr<Traffic> towards(devices::kernel::Side side,
                                                   std::uint16_t port = 7000,
                                                   bool v6 = false) const;
    // What tc says of the wire's filters, and of all clsacts.
    [[nodiscard]] std::string filters(const char* side) const;
    [[nodiscard]] std::string clsact() const;

    test::TwoHosts hosts;

 private:
    std::shared_ptr<const devices::kernel::Namespace> where_;
    int made_ = 0;

 public:
    devices::kernel::Netlink route;
};

// All packets to, or from, the far host.
devices::kernel::Flow to_far(devices::kernel::Side side);
devices::netem::Steered fault(std::uint32_t number, devices::kernel::Flow flow,
                              Duration lease = std::chrono::seconds(10));

}  // namespace gameday::testing
