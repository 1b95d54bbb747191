// Makes the process device. Apart from the namespace `devices::process` on purpose: the catalogue
// knows the kind as `devices::process`, and one file cannot see both.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_process(const DeviceContext& context);

}  // namespace gameday::devices
