// Two hosts, a netem device, and faults of the near one on what it sends or receives.
#pragma once

#include "harness/ports/device.hpp"
#include "injectors/kernel/nft/flow.hpp"
#include "injectors/kernel/steer/impairment.hpp"
#include "tests/injectors/two_hosts.hpp"
#include "tests/injectors/wire_traffic.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gameday::testing {

// Whether this machine cannot do it; then says why. In the machine of tests/vm that is a failure.
bool netem_missing();

class NetemBench {
 public:
    NetemBench();

    using Side = kernel::Side;
    using Impairment = kernel::Impairment;

    // A fault of the near host on packets to or from the far one; with ports: UDP with these at the
    // far end.
    Result<void> try_set(FaultId id, const Impairment& impairment, Side side,
                         std::vector<std::uint16_t> ports = {},
                         Duration lease = std::chrono::seconds(10)) const;
    void set(FaultId id, const Impairment& impairment, Side side,
             std::vector<std::uint16_t> ports = {}) const;
    void clear(FaultId id) const;

    // Traffic that passes the near host on that side.
    [[nodiscard]] std::unique_ptr<Traffic> towards(Side side, std::uint16_t port = 7000,
                                                   bool v6 = false) const;
    // What `ip` says about interfaces of kind ifb at the near host.
    [[nodiscard]] std::string own_interfaces() const;
    [[nodiscard]] std::string first_interface() const;  // the name of the first ifb made

    test::TwoHosts hosts;
    std::string run_dir;
    std::unique_ptr<Device> device;
};

}  // namespace gameday::testing
