// LoadPlan: a load of the scenario with everything looked up that the shards need. Values only;
// shared by all shards, read-only while they run.
#pragma once

#include "harness/load/mix.hpp"
#include "harness/load/pacer.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/client.hpp"
#include "harness/routing/choice.hpp"

#include <vector>

namespace gameday::load {

struct LoadPlan {
    LoadSpec spec;
    const DriverKind* driver = nullptr;
    std::vector<RegionId> homes;  // the regions its clients live in
    MixSpec mix;
    Pace pace;
    routing::Route route;
    Duration latency_max{};  // bound of a good operation
};

struct EnginePlan {
    std::vector<LoadPlan> loads;      // index = position in the scenario
    std::vector<ClientInfo> clients;  // index = ClientId
};

// `invalid` when a load names an unknown driver or region, its templates are wrong, or a figure is
// out of range.
Result<EnginePlan> plan_loads(const Scenario& scenario, const Catalog& catalog);

}  // namespace gameday::load
