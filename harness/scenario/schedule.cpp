#include "harness/scenario/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace gameday::scenario {

namespace {

// Inject and heal of one fault, once for each pulse of its wave.
Result<void> add_steps(const FaultStep& fault, std::size_t index, const FaultPlan& plan,
                       Duration end_of_run, std::vector<Step>& steps) {
    const Duration end = fault.length ? std::min(end_of_run, fault.at + *fault.length) : end_of_run;
    const auto pulse = [&](Duration from, Duration to, std::uint32_t number) {
        steps.push_back({from, StepKind::inject, fault.id, index, number});
        steps.push_back({to, StepKind::heal, fault.id, index, number});
    };
    if (!plan.wave) {
        pulse(fault.at, end, 0);
        return {};
    }
    const Wave& wave = *plan.wave;
    constexpr Duration shortest = std::chrono::milliseconds(1);
    if (wave.on < shortest || wave.off < shortest) {
        return Error{ErrorCode::invalid,
                     fmt::format("a wave of {} on and {} off is too fast, write 1ms or more for "
                                 "each",
                                 format_duration(wave.on), format_duration(wave.off))};
    }
    std::uint32_t number = 0;
    for (Duration from = fault.at; from < end; from += wave.on + wave.off) {
        pulse(from, std::min(end, from + wave.on), number++);
    }
    return {};
}

// Each device that the actions name must be in the catalog.
Result<void> check_devices(const FaultPlan& plan, const Catalog& catalog) {
    for (const auto* actions : {&plan.inject, &plan.heal}) {
        for (const auto& action : *actions) {
            if (find_kind(catalog.devices, action.device) != nullptr) continue;
            return Error{ErrorCode::unsupported,
                         fmt::format("needs the device \"{}\", which this build does not have",
                                     action.device)};
        }
    }
    return {};
}

}  // namespace

Result<FaultPlan> plan_fault(const FaultStep& fault, const Scenario& scenario,
                             const Catalog& catalog, std::vector<Role> roles, bool dry_run,
                             const DeviceCheck& able) {
    const FaultKind* kind = find_kind(catalog.faults, fault.fault);
    if (kind == nullptr) {
        return Error{ErrorCode::invalid,
                     fmt::format("\"{}\" is no fault of this build", fault.fault)};
    }
    roles.resize(scenario.topology.nodes.size(), Role::unknown);
    PlanContext context{
        scenario.topology,    std::move(roles), fault.id, scenario.seed, dry_run, {}, able,
        scenario.safety.spare};
    context.plan = [&catalog, &context](std::string_view name,
                                        const Params& params) -> Result<FaultPlan> {
        const FaultKind* inner = find_kind(catalog.faults, name);
        if (inner == nullptr) {
            return Error{ErrorCode::invalid, fmt::format("\"{}\" is no fault of this build", name)};
        }
        return inner->plan(params, context);
    };
    auto plan = kind->plan(fault.params, context);
    if (!plan) return plan;
    const auto devices = check_devices(*plan, catalog);
    if (!devices) return devices.error();
    return plan;
}

Result<std::vector<Step>> schedule(const Scenario& scenario, const Catalog& catalog) {
    std::vector<Step> steps;
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        const FaultStep& fault = scenario.faults[i];
        const auto where = fmt::format("/faults/{}", i);
        auto plan = plan_fault(fault, scenario, catalog, {}, true);
        if (!plan) return std::move(plan.error()).within(where);
        if (fault.at >= scenario.duration) {
            return Error{
                ErrorCode::invalid,
                fmt::format("{}: begins at {}, when the run of {} is over", where,
                            format_duration(fault.at), format_duration(scenario.duration))};
        }
        auto added = add_steps(fault, i, *plan, scenario.duration, steps);
        if (!added) return std::move(added.error()).within(where);
    }
    std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
        return std::tie(a.at, a.kind) < std::tie(b.at, b.kind);
    });
    return steps;
}

}  // namespace gameday::scenario
