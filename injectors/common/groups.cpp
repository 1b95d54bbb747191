#include "injectors/common/groups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gameday::faults {

namespace {

// A node in two groups cannot be cut from itself.
void check_apart(ParamReader& reader, std::string_view field, const std::vector<Group>& groups,
                 const Topology& topology) {
    std::map<std::string, std::size_t> owner;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (const auto& place : groups[i].places) {
            std::vector<std::string> members;
            if (place.is_clients()) members.push_back(place.name);
            for (const auto node : place.nodes) members.push_back(topology.node_name(node));
            for (const auto& member : members) {
                if (owner.emplace(member, i).first->second == i) continue;
                reader.fail(field, fmt::format("{} stands in two groups, leave it in one", member));
            }
        }
    }
}

bool has_client_links(RegionId region, const Topology& topology) {
    return std::any_of(topology.links.begin(), topology.links.end(), [&](const Link& link) {
        return link.from_clients && link.from_region == region;
    });
}

// The one group that has nodes of the region.
std::optional<std::size_t> group_of(const Region& region, const std::vector<Group>& groups) {
    std::set<std::size_t> found;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (const auto& place : groups[i].places) {
            for (const auto node : region.nodes) {
                const auto& nodes = place.nodes;
                if (std::find(nodes.begin(), nodes.end(), node) != nodes.end()) found.insert(i);
            }
        }
    }
    return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

}  // namespace

std::vector<Group> read_groups(ParamReader& reader, std::string_view field,
                               const PlanContext& context) {
    std::vector<Group> groups;
    for (const auto& names : reader.groups(field)) {
        Group group;
        for (const auto& name : names) {
            auto place = find_place(name, context);
            if (place) {
                group.places.push_back(std::move(*place));
            } else {
                reader.fail(field, place.error().message);
            }
        }
        if (names.empty()) reader.fail(field, "has an empty group, write names into it");
        groups.push_back(std::move(group));
    }
    check_apart(reader, field, groups, context.topology);
    return groups;
}

void add_rest(std::vector<Group>& groups, const Topology& topology) {
    const auto named = named_nodes(groups);
    Group rest{{}, true};
    for (const auto& node : topology.nodes) {
        if (std::find(named.begin(), named.end(), node.id) != named.end()) continue;
        rest.places.push_back({node.name, {node.id}, {}});
    }
    if (!rest.places.empty()) groups.push_back(std::move(rest));
}

void add_clients(std::vector<Group>& groups, const Topology& topology) {
    std::set<RegionId> taken;
    for (const auto& group : groups) {
        for (const auto& place : group.places) taken.insert(place.clients_of);
    }
    for (const auto& region : topology.regions) {
        if (taken.contains(region.id) || !has_client_links(region.id, topology)) continue;
        const auto home = group_of(region, groups);
        if (home) groups[*home].places.push_back({"clients:" + region.name, {}, region.id});
    }
}

Result<Hops> hops_across(const std::vector<Group>& groups, Direction direction,
                         const Topology& topology) {
    Hops all;
    for (auto one = groups.begin(); one != groups.end(); ++one) {
        for (auto other = std::next(one); other != groups.end(); ++other) {
            for (const auto& a : one->places) {
                for (const auto& b : other->places) {
                    auto hops = hops_between(a, b, direction, topology);
                    if (!hops) return hops.error();
                    const bool needed =
                        !one->is_rest && !other->is_rest && !(a.is_clients() && b.is_clients());
                    if (hops->empty() && needed) return no_hop(a.name, b.name);
                    add_hops(all, *hops);
                }
            }
        }
    }
    if (all.empty()) return no_hop("these places", "any other");
    return all;
}

std::vector<NodeId> named_nodes(const std::vector<Group>& groups) {
    std::vector<NodeId> result;
    for (const auto& group : groups) {
        if (group.is_rest) continue;
        for (const auto& place : group.places) add_nodes(result, place.nodes);
    }
    return result;
}

}  // namespace gameday::faults
