// How packets get to the ifbs of a host: the two ways there are look the same from outside.
//
// By tables (table_steering), which the kernel takes off when we die; or, where it cannot hold
// those, by filters in a clsact (clsact/filter_steering), which a process of ours takes off.
#pragma once

#include "harness/base/result.hpp"
#include "injectors/devices/common/kernel/host.hpp"
#include "injectors/devices/common/kernel/leased.hpp"
#include "injectors/devices/netem/steering_tree.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gameday::devices::netem {

// Thread-safe. Destroyed, it leads no packet any more.
class Steering : public kernel::Leased {
 public:
    // Does of replace() with the same, which follows, what no packet notices, and finds out whether
    // the kernel takes it.
    virtual Result<void> stage(const std::vector<Steered>& faults, const Ends& ends) = 0;
    // Leads the packets of these faults to the ends (by chain, see leaves_of) in place of what was
    // before; no faults: takes it all off. In between, each packet is treated as before or as
    // after. Fails, and leaves all as it was, when the kernel refuses.
    virtual Result<void> replace(const std::vector<Steered>& faults, const Ends& ends) = 0;

    // Packets led away so far, by chain, what was replaced included.
    virtual Result<std::map<std::string, std::uint64_t>> packets() = 0;

    // Why it is not in force though nobody took it off by replace(), one line; "" when it is. It
    // does not come back by itself: a fault that was away must not return unseen.
    virtual std::string lapse() = 0;
};

using OpenSteering = std::function<Result<std::shared_ptr<Steering>>(
    const std::shared_ptr<const kernel::Namespace>& where)>;

}  // namespace gameday::devices::netem
