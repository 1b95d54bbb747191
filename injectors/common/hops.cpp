#include "injectors/common/hops.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace gameday::faults {

namespace {

bool is_in(const std::vector<NodeId>& nodes, NodeId node) {
    return std::ranges::find(nodes, node) != nodes.end();
}

bool dials(const Link& link, const Place& place) {
    if (place.is_clients()) return link.from_clients && link.from_region == place.clients_of;
    return !link.from_clients && is_in(place.nodes, link.from_node);
}

std::vector<Place> read_diallers(ParamReader& reader, const PlanContext& context) {
    std::vector<Place> places;
    for (const auto& name : reader.names("from")) {
        auto place = find_place(name, context);
        if (place) {
            places.push_back(std::move(*place));
        } else {
            reader.fail("from", place.error().message);
        }
    }
    return places;
}

}  // namespace

void add_hop(Hops& hops, LinkId link, Direction direction) {
    const auto [place, fresh] = hops.emplace(link, direction);
    if (!fresh && place->second != direction) place->second = Direction::both;
}

void add_hops(Hops& hops, const Hops& more) {
    for (const auto& [link, direction] : more) add_hop(hops, link, direction);
}

Direction turned(Direction direction) {
    if (direction == Direction::both) return Direction::both;
    return direction == Direction::to ? Direction::from : Direction::to;
}

Result<Hops> hops_between(const Place& a, const Place& b, Direction direction,
                          const Topology& topology) {
    Hops hops;
    for (const auto& link : topology.links) {
        const bool forth = dials(link, a) && is_in(b.nodes, link.to_node);
        const bool back = dials(link, b) && is_in(a.nodes, link.to_node);
        if (!forth && !back) continue;
        if (!link.listen) return no_listen(link);
        if (forth) add_hop(hops, link.id, direction);
        if (back) add_hop(hops, link.id, turned(direction));
    }
    return hops;
}

Error no_hop(std::string_view a, std::string_view b) {
    return invalid(
        "there is no proxy hop between {} and {}, declare their link with \"listen\" under "
        "/system/links",
        a, b);
}

Error no_listen(const Link& link) {
    return invalid(
        "the link {} has no proxy hop, declare its \"listen\" under /system/links and have the "
        "dialler use it",
        link.name);
}

FaultPlan plan_rule(const Hops& hops, devices::proxy::Rule rule, std::vector<NodeId> nodes,
                    const Topology& topology) {
    FaultPlan plan;
    for (const auto& [id, direction] : hops) {
        rule.direction = direction;
        const auto& name = topology.link(id).name;
        plan.inject.push_back(devices::proxy::set(name, rule));
        plan.heal.insert(plan.heal.begin(), devices::proxy::clear(name));
    }
    plan.nodes = std::move(nodes);
    return plan;
}

Direction read_direction(ParamReader& reader, std::string_view field) {
    const auto text = reader.text(field);
    if (text == "to") return Direction::to;
    return text == "from" ? Direction::from : Direction::both;
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

Result<FaultPlan> plan_requests(ParamReader& reader, devices::proxy::http::Fault fault,
                                const PlanContext& context) {
    const auto nodes = find_all_nodes(reader, "to", reader.names("to"), context);
    const auto diallers = read_diallers(reader, context);
    devices::proxy::http::read_match(reader, fault);
    if (auto good = reader.finish(); !good) return good.error();
    Hops hops;
    for (const auto& link : context.topology.links) {
        if (!is_in(nodes, link.to_node)) continue;
        const auto is_from = [&link](const Place& place) { return dials(link, place); };
        if (diallers.empty() ? !link.from_clients && is_in(nodes, link.from_node)
                             : std::ranges::none_of(diallers, is_from)) {
            continue;
        }
        if (!link.listen) return no_listen(link).within("to");
        add_hop(hops, link.id, Direction::both);
    }
    if (hops.empty()) {
        return invalid(
            "to: no link leads there from these, declare one with \"listen\" under /system/links");
    }
    devices::proxy::Rule rule;
    rule.http = std::move(fault);
    auto plan = plan_rule(hops, rule, nodes, context.topology);
    plan.notes = {"by proxy: only it reads HTTP requests"};
    plan.expects_outage = false;
    return plan;
}

}  // namespace gameday::faults
