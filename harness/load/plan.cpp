#include "harness/load/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>

namespace gameday::load {
namespace {

Result<void> resolve_homes(LoadPlan& plan, const Topology& topology) {
    for (const auto& name : plan.spec.regions) {
        const auto region = topology.find_region(name);
        if (!region) return invalid("regions: \"{}\" is not a region", name);
        plan.homes.push_back(*region);
    }
    if (plan.homes.empty()) {
        for (const auto& region : topology.regions) plan.homes.push_back(region.id);
    }
    if (plan.homes.empty()) return invalid("regions: the system has none");
    plan.mix.shares = plan.spec.shares;
    plan.mix.shares.resize(plan.homes.size(), plan.spec.shares.empty() ? 1.0 : 0.0);
    const double total = std::accumulate(plan.mix.shares.begin(), plan.mix.shares.end(), 0.0);
    if (!(total > 0)) return invalid("shares: must not all be zero");
    for (double& share : plan.mix.shares) share /= total;
    return {};
}

Result<void> resolve_cohorts(LoadPlan& plan, const Catalog& catalog) {
    for (const auto& cohort : plan.spec.cohorts) {
        const auto* kind = find_kind(catalog.clients, cohort.behaviour);
        if (kind == nullptr) {
            return invalid("clients: \"{}\" is no behaviour", cohort.behaviour);
        }
        auto behaviour = kind->behave(cohort.params);
        if (!behaviour) return std::move(behaviour).error().within("clients");
        plan.cohorts.push_back(std::move(*behaviour));
    }
    if (plan.cohorts.empty()) return invalid("clients: there is no cohort");
    return {};
}

// The clients of one load, by home; those of a home belong to the cohorts in turn.
void add_clients(std::vector<ClientInfo>& clients, const LoadPlan& plan, std::uint16_t load) {
    const auto& cohorts = plan.spec.cohorts;
    for (const RegionId home : plan.homes) {
        for (std::size_t i = 0; i < plan.spec.clients_per_region; ++i) {
            const std::size_t cohort = i % cohorts.size();
            clients.push_back(
                {home, load, static_cast<std::uint16_t>(cohort), cohorts[cohort].behaviour});
        }
    }
}

Result<LoadPlan> plan_load(const LoadSpec& spec, const Scenario& scenario, const Catalog& catalog) {
    LoadPlan plan;
    plan.spec = spec;
    plan.driver = find_kind(catalog.drivers, spec.driver);
    if (plan.driver == nullptr) {
        return invalid("driver: \"{}\" is not a driver", spec.driver);
    }
    if (auto checked = plan.driver->check(spec.driver_params, scenario.topology); !checked) {
        return std::move(checked).error().within(spec.driver);
    }
    if (spec.timeout <= Duration::zero()) return invalid("timeout: must be more than zero");
    if (spec.clients_per_region == 0) return invalid("clients_per_region: must be at least 1");
    if (spec.in_flight_max == 0) return invalid("in_flight_max: must be at least 1");
    if (auto homes = resolve_homes(plan, scenario.topology); !homes) return homes.error();
    auto route = routing::resolve_route(spec.route, scenario.topology, catalog);
    if (!route) return std::move(route).error().within("route");
    plan.route = std::move(*route);
    if (auto cohorts = resolve_cohorts(plan, catalog); !cohorts) return cohorts.error();
    plan.pace = Pace{spec.arrival, spec.rate_per_s, spec.ramp_to_per_s,
                     scenario.steady.window + scenario.duration};
    plan.latency_max =
        scenario.minimum.latency > Duration::zero() ? scenario.minimum.latency : spec.timeout;
    plan.mix.regular = spec.arrival != Arrival::poisson;
    plan.mix.writes = spec.writes;
    plan.mix.keys = spec.keys;
    plan.mix.clients_per_home = spec.clients_per_region;
    return plan;
}

}  // namespace

std::uint64_t LoadPlan::name_of(std::uint32_t key) const {
    return spec.keys.existing ? key : numbered(run_id, key);
}

std::uint64_t LoadPlan::seen(std::uint64_t value) const {
    const bool ours = value == 0 || value >> 32U == run_id;
    return spec.keys.existing && !ours ? foreign_value : value;
}

Result<EnginePlan> plan_loads(const Scenario& scenario, const Catalog& catalog,
                              std::uint32_t run_id) {
    EnginePlan plan;
    std::uint64_t space = 0;
    for (const auto& spec : scenario.loads) space += spec.keys.space;
    if (space > std::numeric_limits<std::uint32_t>::max() / 2) {
        return invalid("keys.space: {} in all loads is too many, write at most 2147483647", space);
    }
    std::uint32_t first_key = 1;
    for (const auto& spec : scenario.loads) {
        auto load = plan_load(spec, scenario, catalog);
        if (!load) return std::move(load).error().within("load " + spec.name);
        load->run_id = load->mix.run_id = run_id;
        load->mix.offset = plan.loads.size();
        load->mix.stride = scenario.loads.size();
        // Keys that stand already keep their names, from 1 on.
        load->mix.first_key = spec.keys.existing ? 1 : first_key;
        first_key += static_cast<std::uint32_t>(spec.keys.space);
        load->mix.first_fresh_key = static_cast<std::uint32_t>(space + 1);
        load->mix.first_client = static_cast<std::uint32_t>(plan.clients.size());
        add_clients(plan.clients, *load, static_cast<std::uint16_t>(plan.loads.size()));
        plan.loads.push_back(std::move(*load));
    }
    return plan;
}

}  // namespace gameday::load
