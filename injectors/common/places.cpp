#include "injectors/common/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gameday::faults {

namespace {

// The roles as far as they are known: sampled ones, or, where no probe samples them, declared ones.
std::vector<Role> known_roles(const PlanContext& context) {
    std::vector<Role> roles = context.roles;
    const bool sampled = !roles.empty();
    roles.resize(context.topology.nodes.size(), Role::unknown);
    if (sampled) return roles;
    for (const auto& node : context.topology.nodes) {
        if (node.role == "primary") roles.at(node.id.index()) = Role::primary;
        if (node.role == "replica") roles.at(node.id.index()) = Role::replica;
    }
    return roles;
}

std::optional<NodeId> first_with(const std::vector<Role>& roles, Role role) {
    const auto found = std::ranges::find(roles, role);
    if (found == roles.end()) return std::nullopt;
    return NodeId::of(found - roles.begin());
}

Error nobody(std::string_view name, std::string_view role, const PlanContext& context) {
    const char* what = context.roles.empty() ? "no node is known to be {}; name a node, declare "
                                               "\"role\" of the nodes, or add a role "
                                               "probe"
                                             : "the role probe heard no node say that it is {}; "
                                               "look at the path and the \"role\" of "
                                               "the probe, or name a node";
    return {ErrorCode::refused,
            fmt::format("\"{}\" means nobody: ", name) + fmt::format(fmt::runtime(what), role)};
}

Result<Place> find_by_role(const std::string& name, const PlanContext& context) {
    const auto roles = known_roles(context);
    const auto& nodes = context.topology.nodes;
    auto primary = first_with(roles, Role::primary);
    if (!primary && context.dry_run && !nodes.empty()) primary = nodes.front().id;
    if (name == "@primary") {
        return primary ? Result<Place>(Place{name, {*primary}, {}})
                       : nobody(name, "primary", context);
    }
    if (name == "@replica") {
        auto replica = first_with(roles, Role::replica);
        for (const auto& node : nodes) {
            if (!replica && context.dry_run && node.id != primary) replica = node.id;
        }
        return replica ? Result<Place>(Place{name, {*replica}, {}})
                       : nobody(name, "replica", context);
    }
    if (name != "@replicas") {
        return invalid(
            "\"{}\" is not known, write @primary, @replica, @replicas or the name of a "
            "region or node",
            name);
    }
    if (!primary) return nobody(name, "primary", context);
    Place place{name, {}, {}};
    for (const auto& node : nodes) {
        if (node.id != *primary) place.nodes.push_back(node.id);
    }
    return place.nodes.empty() ? Result<Place>(nobody(name, "replica", context)) : place;
}

Error unknown_name(const std::string& name, const Topology& topology) {
    std::vector<std::string_view> known;
    for (const auto& region : topology.regions) known.emplace_back(region.name);
    for (const auto& node : topology.nodes) known.emplace_back(node.name);
    const auto near = nearest(name, known);
    return invalid("\"{}\" is not a region or node of the system, {}", name,
                   near.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                : fmt::format("did you mean \"{}\"?", near));
}

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
    return std::ranges::any_of(topology.links, [&](const Link& link) {
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
                if (std::ranges::find(nodes, node) != nodes.end()) found.insert(i);
            }
        }
    }
    return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

}  // namespace

Result<Place> find_nodes(const std::string& name, const PlanContext& context) {
    if (name.starts_with("@")) return find_by_role(name, context);
    Place place{name, context.topology.nodes_named(name), {}};
    if (place.nodes.empty()) return unknown_name(name, context.topology);
    std::ranges::sort(place.nodes);
    return place;
}

Result<Place> find_place(const std::string& name, const PlanContext& context) {
    constexpr std::string_view clients = "clients:";
    if (!name.starts_with(clients)) return find_nodes(name, context);
    const auto region = context.topology.find_region(name.substr(clients.size()));
    if (region) return Place{name, {}, *region};
    std::vector<std::string_view> known;
    for (const auto& each : context.topology.regions) known.emplace_back(each.name);
    return invalid("\"{}\" names no region of the system, known are {}", name,
                   fmt::join(known, ", "));
}

void add_nodes(std::vector<NodeId>& all, const std::vector<NodeId>& nodes) {
    for (const NodeId node : nodes) {
        if (std::ranges::find(all, node) == all.end()) all.push_back(node);
    }
}

std::vector<NodeId> find_all_nodes(ParamReader& reader, std::string_view field,
                                   const std::vector<std::string>& names,
                                   const PlanContext& context) {
    std::vector<NodeId> result;
    for (const auto& name : names) {
        auto place = find_nodes(name, context);
        if (place) {
            add_nodes(result, place->nodes);
        } else {
            reader.fail(field, place.error().message);
        }
    }
    return result;
}

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
        if (std::ranges::find(named, node.id) != named.end()) continue;
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

std::vector<NodeId> named_nodes(const std::vector<Group>& groups) {
    std::vector<NodeId> result;
    for (const auto& group : groups) {
        if (group.is_rest) continue;
        for (const auto& place : group.places) add_nodes(result, place.nodes);
    }
    return result;
}

}  // namespace gameday::faults
