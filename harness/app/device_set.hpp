// The devices of the catalog, made for one run (or one recovery) and found by name.
#pragma once

#include "harness/ports/catalog.hpp"
#include "harness/ports/device.hpp"
#include "harness/run/devices.hpp"

#include <memory>
#include <vector>

namespace gameday::app {

class DeviceSet {
 public:
    DeviceSet(const Catalog& catalog, const DeviceContext& context);
    [[nodiscard]] run::Devices& devices() { return devices_; }

 private:
    std::vector<std::unique_ptr<Device>> owned_;
    run::Devices devices_;
};

}  // namespace gameday::app
