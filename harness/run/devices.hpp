// Devices by name: where an action finds who performs it. Control thread only.
#pragma once

#include "harness/ports/device.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gameday::run {

class Devices {
 public:
    // The devices outlive this.
    explicit Devices(const std::vector<Device*>& devices);

    // Null when no device has that name.
    [[nodiscard]] Device* find(std::string_view name) const;

    // The device that opens the hops of links; null when none does.
    [[nodiscard]] Device* hop_carrier() const;

    // `refused`, naming those known, when the action's device is not among them. Errors are led by
    // device and verb.
    Result<void> perform(FaultId id, const Action& action);
    Result<void> prepare(FaultId id, const Action& action);  // the same
    Result<void> check(const Action& action);                // the same
    void interrupt();                                        // all of them, from any thread

    // For healing: tries every action in order, whatever became of those before; the first failure.
    Result<void> perform_all(FaultId id, const std::vector<Action>& actions);

    // How often the fault has bitten so far, over the devices that its actions name; -1 when none
    // of them can tell.
    [[nodiscard]] std::int64_t affected(FaultId id, const std::vector<Action>& actions) const;
    // What the devices of the actions say of it that was amiss; "" when all went well.
    [[nodiscard]] std::string trouble(FaultId id, const std::vector<Action>& actions) const;
    // What packets of our own saw of the fault, over all devices.
    Proof proof(FaultId id);
    // What became of the connections, over all devices.
    Connections connections();

 private:
    [[nodiscard]] Error no_device(const std::string& name) const;
    Result<void> call(Result<void> (Device::*way)(FaultId, const Action&), FaultId id,
                      const Action& action);

    std::map<std::string, Device*, std::less<>> by_name_;
};

}  // namespace gameday::run
