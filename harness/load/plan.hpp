// LoadPlan: a load of the scenario with everything looked up that the shards need. Values only;
// shared by all shards, read-only while they run.
#pragma once

#include "harness/load/mix.hpp"
#include "harness/load/pacer.hpp"
#include "harness/model/scenario.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/client_behaviour.hpp"
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
    std::vector<ClientBehaviour> cohorts;  // by index, see ClientInfo
    Duration latency_max{};                // bound of a good operation
    std::uint32_t run_id = 0;

    // The number that names a key to the system: no other run makes one of that name. Keys that
    // exist already have the names that they have.
    [[nodiscard]] std::uint64_t name_of(std::uint32_t key) const;
    // A value read, as it stands in the evidence: foreign_value where an existing key shows one
    // that this run did not write.
    [[nodiscard]] std::uint64_t seen(std::uint64_t value) const;
};

struct EnginePlan {
    std::vector<LoadPlan> loads;      // index = position in the scenario
    std::vector<ClientInfo> clients;  // index = ClientId
};

// `invalid` when a load names an unknown driver, policy, behaviour or region, when one of them
// refuses its parameters, or when a figure is out of range.
Result<EnginePlan> plan_loads(const Scenario& scenario, const Catalog& catalog,
                              std::uint32_t run_id = 0);

}  // namespace gameday::load
