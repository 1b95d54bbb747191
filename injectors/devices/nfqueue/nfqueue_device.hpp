// Makes the nfqueue device: impairments in user space, for kernels without sch_netem.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_nfqueue(const DeviceContext& context);

}  // namespace gameday::devices
