// Makes the netem device: delay, loss and so on by the kernel, for the flows of a fault alone.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_netem(const DeviceContext& context);

}  // namespace gameday::devices
