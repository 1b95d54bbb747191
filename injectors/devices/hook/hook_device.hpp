// Makes the hook device: runs the user's own commands.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_hook(const DeviceContext& context);

}  // namespace gameday::devices
