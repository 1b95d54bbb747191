#include "harness/run/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace gameday::run {

Devices::Devices(const std::vector<Device*>& devices) {
    for (Device* device : devices) by_name_.emplace(device->name(), device);
}

Device* Devices::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

Device* Devices::hop_carrier() const {
    const auto found = std::ranges::find_if(
        by_name_, [](const auto& each) { return each.second->carries_hops(); });
    return found == by_name_.end() ? nullptr : found->second;
}

Result<void> Devices::perform(FaultId id, const Action& action) {
    return call(&Device::perform, id, action);
}

Result<void> Devices::prepare(FaultId id, const Action& action) {
    return call(&Device::prepare, id, action);
}

Result<void> Devices::check(const Action& action) {
    Device* device = find(action.device);
    if (device == nullptr) return no_device(action.device);
    auto good = device->check(action);
    if (!good) return std::move(good.error()).within(action.device + " " + action.verb);
    return good;
}

void Devices::interrupt() {
    for (const auto& [name, device] : by_name_) device->interrupt();
}

Error Devices::no_device(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [each, unused] : by_name_) known.push_back(each);
    return refused("no device \"{}\", there are: {}", name, fmt::join(known, ", "));
}

Result<void> Devices::call(Result<void> (Device::*way)(FaultId, const Action&), FaultId id,
                           const Action& action) {
    Device* device = find(action.device);
    if (device == nullptr) return no_device(action.device);
    auto done = (device->*way)(id, action);
    if (!done) return std::move(done.error()).within(action.device + " " + action.verb);
    return done;
}

Result<void> Devices::perform_all(FaultId id, const std::vector<Action>& actions) {
    Result<void> first;
    for (const auto& action : actions) {
        auto done = perform(id, action);
        if (!done && first) first = std::move(done);
    }
    return first;
}

std::int64_t Devices::affected(FaultId id, const std::vector<Action>& actions) const {
    std::set<std::string_view> names;
    for (const auto& action : actions) names.insert(action.device);
    std::int64_t sum = -1;
    for (const auto name : names) {
        const Device* device = find(name);
        const std::int64_t count = device == nullptr ? -1 : device->affected(id);
        if (count >= 0) sum = std::max<std::int64_t>(sum, 0) + count;
    }
    return sum;
}

Proof Devices::proof(FaultId id) {
    Proof all;
    for (const auto& [name, device] : by_name_) {
        auto one = device->proof(id);
        all.notes.insert(all.notes.end(), one.notes.begin(), one.notes.end());
        if (!all.contradiction.empty() || one.contradiction.empty()) continue;
        all.contradiction = fmt::format("{}: {}", name, one.contradiction);
    }
    return all;
}

Connections Devices::connections() {
    Connections all;
    for (const auto& [name, device] : by_name_) {
        auto one = device->connections();
        std::ranges::move(one.counts, std::back_inserter(all.counts));
        for (const auto& note : one.notes) all.notes.push_back(fmt::format("{}: {}", name, note));
    }
    return all;
}

std::string Devices::trouble(FaultId id, const std::vector<Action>& actions) const {
    std::set<std::string_view> names;
    for (const auto& action : actions) names.insert(action.device);
    for (const auto name : names) {
        const Device* device = find(name);
        auto said = device == nullptr ? std::string() : device->trouble(id);
        if (!said.empty()) return fmt::format("{}: {}", name, said);
    }
    return {};
}

}  // namespace gameday::run
