// The firewall device: cuts in the kernel, by tables that end with this process.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_firewall(const DeviceContext& context);

}  // namespace gameday::devices
