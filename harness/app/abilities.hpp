// Which devices work on this machine, asked of each once, when somebody wants to know.
#pragma once

#include "harness/ports/catalog.hpp"
#include "harness/ports/device.hpp"
#include "harness/ports/fault_kind.hpp"

namespace gameday::app {

// A device is made for the question alone and is gone again after it. The answer of a device that
// is not in the catalog is `unsupported`. What `catalog` and `topology` refer to outlives it.
DeviceCheck abilities(const Catalog& catalog, const Topology& topology);

}  // namespace gameday::app
