// What the kinds about processes share: whom they are aimed at, and what nodes have to declare.
#pragma once

#include "harness/ports/fault_kind.hpp"
#include "injectors/devices/process/actions.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gameday::faults {

inline constexpr ParamSpec node_spec{
    "node", ParamType::names, "",
    "nodes, regions, @primary, @replica or @replicas: whose processes are hit"};
inline constexpr ParamSpec region_spec{"region", ParamType::name, "",
                                       "instead of node: the processes of all its nodes"};

// The nodes of the parameters `node` or `region`, one of which has to be there.
std::vector<NodeId> read_nodes(ParamReader& reader, const PlanContext& context);
// The one of the two that is there.
std::string nodes_field(const ParamReader& reader);

// The process that the node declares.
devices::process::Target process_of(const Node& node);

// Unless `declared`, adds to `lacks` what the node has to declare.
void note_lack(std::string& lacks, const Node& node, std::string_view what, bool declared);

}  // namespace gameday::faults
