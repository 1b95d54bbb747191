// A scenario against fault servers, one region and node each.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/model/topology.hpp"
#include "harness/ports/catalog.hpp"
#include "harness/ports/client.hpp"
#include "harness/ports/client_behaviour.hpp"
#include "tests/support/fault_server.hpp"
#include "tests/support/kinds.hpp"
#include "tests/support/policies.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stop_token>
#include <thread>
#include <vector>

namespace gameday::drivers {
extern const DriverKind http;
}

namespace gameday::test {

inline Catalog http_catalog() {
    Catalog catalog;
    catalog.drivers.push_back(&drivers::http);
    catalog.policies = all_policies();
    catalog.clients.push_back(&clients::resolve_once);
    return catalog;
}

inline Topology topology_of(const std::vector<FaultServer*>& servers) {
    Topology topology;
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const NodeId node = NodeId::of(i);
        const RegionId region = RegionId::of(i);
        topology.regions.push_back(Region{region, fmt::format("r{}", i), {node}});
        topology.nodes.push_back(Node{node,
                                      fmt::format("n{}", i),
                                      region,
                                      i == 0 ? "primary" : "replica",
                                      "local",
                                      servers[i]->endpoint(),
                                      {}});
    }
    return topology;
}

inline Params regions_templates() {
    Params read{{"path", "/kv/{key}"},
                {"value", "/value"},
                {"version", "/version"},
                {"served_by", "header:X-Served-By"},
                {"absent", List{Value(404)}}};
    Params write{{"path", "/kv/{key}"},
                 {"version", "/version"},
                 {"served_by", "header:X-Served-By"},
                 {"rejected", List{Value(421)}}};
    return Params{{"read", Value(std::move(read))}, {"write", Value(std::move(write))}};
}

inline Scenario scenario_of(const std::vector<FaultServer*>& servers, double rate_per_s) {
    Scenario scenario;
    scenario.topology = topology_of(servers);
    scenario.seed = 42;
    LoadSpec load;
    load.driver_params = regions_templates();
    load.rate_per_s = rate_per_s;
    load.timeout = std::chrono::milliseconds(300);
    load.route.check_path = "";
    scenario.loads.push_back(std::move(load));
    return scenario;
}

inline void pause(Duration duration) { std::this_thread::sleep_for(duration); }

}  // namespace gameday::test
