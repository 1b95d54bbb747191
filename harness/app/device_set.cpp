#include "harness/app/device_set.hpp"

namespace gameday::app {

namespace {

std::vector<std::unique_ptr<Device>> make_all(const Catalog& catalog,
                                              const DeviceContext& context) {
    std::vector<std::unique_ptr<Device>> made;
    for (const DeviceKind* kind : catalog.devices) made.push_back(kind->make(context));
    return made;
}

std::vector<Device*> pointers(const std::vector<std::unique_ptr<Device>>& owned) {
    std::vector<Device*> result;
    for (const auto& device : owned) result.push_back(device.get());
    return result;
}

}  // namespace

DeviceSet::DeviceSet(const Catalog& catalog, const DeviceContext& context)
    : owned_(make_all(catalog, context)), devices_(pointers(owned_)) {}

}  // namespace gameday::app
