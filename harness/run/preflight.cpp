#include "harness/run/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace gameday::run {

Result<void> devices_ready(const Order& order, Devices& devices) {
    std::vector<std::string> names;
    const auto need = [&](const std::string& name) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    };
    const auto need_all = [&](const FaultPlan& plan) {
        for (const auto& action : plan.inject) need(action.device);
        for (const auto& action : plan.heal) need(action.device);
    };
    if (order.launch) need_all(*order.launch);
    const bool has_hops = std::ranges::any_of(
        order.scenario.topology.links, [](const Link& link) { return link.listen.has_value(); });
    if (has_hops) {
        const Device* carrier = devices.hop_carrier();
        if (carrier == nullptr) {
            return refused("links have hops, and no device opens them");
        }
        need(std::string(carrier->name()));
    }
    for (const auto& fault : order.scenario.faults) {
        const auto plan = order.plan(fault, {}, true);
        if (!plan) return Error(plan.error()).within(fault.name);
        need_all(*plan);
    }
    for (const auto& name : names) {
        Device* device = devices.find(name);
        if (device == nullptr) {
            return refused("there is no device \"{}\"", name);
        }
        if (auto ready = device->ready(); !ready) return std::move(ready.error()).within(name);
    }
    return {};
}

Result<void> faults_can_be_done(const Order& order, Devices& devices) {
    for (const auto& fault : order.scenario.faults) {
        const auto plan = order.plan(fault, {}, true);
        if (!plan) return Error(plan.error()).within(fault.name);
        for (const auto* actions : {&plan->inject, &plan->heal}) {
            for (const auto& action : *actions) {
                auto good = devices.check(action);
                if (!good) return std::move(good.error()).within(fault.name);
            }
        }
    }
    return {};
}

}  // namespace gameday::run
