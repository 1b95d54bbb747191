// Makes the process device: signals and restarts, each verified before it returns.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_process(const DeviceContext& context);

}  // namespace gameday::devices
