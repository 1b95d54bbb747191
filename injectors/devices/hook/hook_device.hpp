// Makes the hook device. Apart from the namespace `devices::hook` on purpose: the catalogue knows
// the kind as `devices::hook`, and one file cannot see both.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_hook(const DeviceContext& context);

}  // namespace gameday::devices
