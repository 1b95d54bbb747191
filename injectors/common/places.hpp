// What names in a fault's parameters mean: regions, nodes, "@primary" and the like, "clients:R".
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gameday::faults {

// One end of the links that a fault is about: nodes, or the clients of a region.
struct Place {
    std::string name;           // as the parameter has it
    std::vector<NodeId> nodes;  // in order of id; empty for clients
    RegionId clients_of;        // known: these clients, and no nodes

    [[nodiscard]] bool is_clients() const { return clients_of.known(); }
    bool operator==(const Place&) const = default;
};

// Reads the name of a region or node, or
//   @primary   the node whose newest known role is primary (the first, if two claim it)
//   @replica   the first node that is a replica
//   @replicas  every node but the primary
// Where no role is known the declared ones count; in a dry run without those, any node.
// Fails with `invalid` on a name that nothing has, with `refused` when no node has the role now.
Result<Place> find_nodes(const std::string& name, const PlanContext& context);

// The same, and "clients:REGION" as well.
Result<Place> find_place(const std::string& name, const PlanContext& context);

// Adds the nodes to `all` that it does not have yet.
void add_nodes(std::vector<NodeId>& all, const std::vector<NodeId>& nodes);

// The nodes that several names mean, each once. Failures are told to the reader under `field`.
std::vector<NodeId> find_all_nodes(ParamReader& reader, std::string_view field,
                                   const std::vector<std::string>& names,
                                   const PlanContext& context);

}  // namespace gameday::faults
