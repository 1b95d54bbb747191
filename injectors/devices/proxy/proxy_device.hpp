// Makes the proxy device: relays on every link that has `listen`, faulted as the actions say.
#pragma once

#include "harness/ports/device.hpp"

#include <memory>

namespace gameday::devices {

// Nothing is opened before ready(). ready() fails with `refused` when an address is taken; perform
// fails with `refused` on a link without a hop. Clearing always succeeds, hops or none: they die
// with their process. The destructor closes every hop and joins the threads.
std::unique_ptr<Device> make_proxy(const DeviceContext& context);

}  // namespace gameday::devices
