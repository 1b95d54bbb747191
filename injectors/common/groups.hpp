// Groups of places, and the hops that lead from one group to another.
#pragma once

#include "harness/base/result.hpp"
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/hops.hpp"
#include "injectors/common/places.hpp"

#include <string_view>
#include <vector>

namespace gameday::faults {

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

// All hops between each two groups; `to` is what earlier groups say to later ones. Fails with
// `invalid` on a link without hop, and on two places with no link at all between them, unless one
// of them is of the rest (then some hop must be found).
Result<Hops> hops_across(const std::vector<Group>& groups, Direction direction,
                         const Topology& topology);

// The nodes of all groups but the rest.
std::vector<NodeId> named_nodes(const std::vector<Group>& groups);

}  // namespace gameday::faults
