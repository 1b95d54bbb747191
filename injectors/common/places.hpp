// Whom a fault is about: what names in its parameters mean (regions, nodes, "@primary" and the
// like, "clients:R"), and groups of such places that are set against one another.
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

struct Group {
    std::vector<Place> places;
    bool is_rest = false;  // made of who is in no other group
    bool operator==(const Group&) const = default;
};

// The groups of a parameter. Unknown names, empty groups and a node in two groups are told to the
// reader.
std::vector<Group> read_groups(ParamReader& reader, std::string_view field,
                               const PlanContext& context);

// Every node in no group becomes one more group (none if all are in one).
void add_rest(std::vector<Group>& groups, const Topology& topology);

// The clients of a region go with the group that has its nodes; where several have some, and where
// the clients have no links declared, they are in none. Clients that a group names stay there.
void add_clients(std::vector<Group>& groups, const Topology& topology);

// The nodes of all groups but the rest.
std::vector<NodeId> named_nodes(const std::vector<Group>& groups);

}  // namespace gameday::faults
