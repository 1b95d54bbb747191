// Makes the netem device: delay, loss and so on by the kernel, for the flows of a fault alone.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/device.hpp"
#include "injectors/devices/netem/steering_choice.hpp"

#include <memory>

namespace gameday::devices {

std::unique_ptr<Device> make_netem(const DeviceContext& context);
// The same where it is known already how packets are led.
std::unique_ptr<Device> make_netem(const DeviceContext& context,
                                   const netem::SteeringChoice& choice);

namespace netem {

// Whether this machine lets us, found out by doing all that a fault does in a namespace that nobody
// is in. Fails with what is missing and how to get it.
Result<void> ready_here();

}  // namespace netem
}  // namespace gameday::devices
