#include "tests/injectors/hosts.hpp"

#include <fmt/format.h>

#include <utility>

namespace gameday::test {

Topology hosts_apart() {
    Topology topology;
    for (const std::string name : {"a", "b", "c"}) {
        topology.regions.push_back({RegionId::of(topology.regions.size()), name, {}});
    }
    for (const std::string name : {"a1", "a2", "b1", "c1"}) {
        Node node;
        node.id = NodeId::of(topology.nodes.size());
        node.name = name;
        node.region = *topology.find_region(name.substr(0, 1));
        node.role = name == "a1" ? "primary" : "replica";
        node.host = "netns:" + name;
        node.addresses = {fmt::format("10.0.0.{}", node.id.value + 1)};
        if (name == "a1") node.addresses.emplace_back("fd00::1");
        node.endpoint = {node.addresses.front(), 7000};
        topology.regions.at(node.region.index()).nodes.push_back(node.id);
        topology.nodes.push_back(node);
    }
    return topology;
}

void add_client_link(Topology& topology, const std::string& region, const std::string& node) {
    Link link;
    link.id = LinkId::of(topology.links.size());
    link.name = "clients:" + region + "->" + node;
    link.from_clients = true;
    link.from_region = *topology.find_region(region);
    link.to_node = *topology.find_node(node);
    topology.links.push_back(std::move(link));
}

void add_hops_between(Topology& topology, const std::string& one, const std::string& other) {
    for (const auto& [from, to] : {std::pair(one, other), std::pair(other, one)}) {
        Link link;
        link.id = LinkId::of(topology.links.size());
        link.name = from + "->" + to;
        link.from_node = *topology.find_node(from);
        link.from_region = topology.region_of(link.from_node);
        link.to_node = *topology.find_node(to);
        link.listen = Endpoint{"127.0.0.1", static_cast<std::uint16_t>(8000 + link.id.value)};
        topology.links.push_back(std::move(link));
    }
}

Result<FaultPlan> plan_kind(const FaultKind& kind, const Params& params, const Topology& topology,
                            const DeviceCheck& able) {
    return kind.plan(params, {topology, {}, FaultId{1}, 1, false, {}, able, {}});
}

Result<FaultPlan> plan_sparing(const FaultKind& kind, const Params& params,
                               const std::vector<std::string>& spare) {
    const auto topology = hosts_apart();
    return kind.plan(params, {topology, {}, FaultId{1}, 1, false, {}, {}, spare});
}

Value groups(const std::vector<std::vector<std::string>>& names) {
    List result;
    for (const auto& group : names) {
        List members;
        for (const auto& name : group) members.emplace_back(name);
        result.emplace_back(std::move(members));
    }
    return Value(std::move(result));
}

}  // namespace gameday::test
