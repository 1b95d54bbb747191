#include "injectors/common/http_requests.hpp"

#include "injectors/common/hops.hpp"
#include "injectors/common/places.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace gameday::faults {

namespace {

bool is_in(const std::vector<NodeId>& nodes, NodeId node) {
    return std::ranges::find(nodes, node) != nodes.end();
}

bool dials(const Link& link, const std::vector<Place>& places) {
    return std::ranges::any_of(places, [&link](const Place& place) {
        if (place.is_clients()) return link.from_clients && link.from_region == place.clients_of;
        return !link.from_clients && is_in(place.nodes, link.from_node);
    });
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

Result<FaultPlan> plan_requests(ParamReader& reader, devices::proxy::http::Fault fault,
                                const PlanContext& context) {
    const auto nodes = find_all_nodes(reader, "to", reader.names("to"), context);
    const auto diallers = read_diallers(reader, context);
    devices::proxy::http::read_match(reader, fault);
    if (auto good = reader.finish(); !good) return good.error();
    Hops hops;
    for (const auto& link : context.topology.links) {
        if (!is_in(nodes, link.to_node)) continue;
        if (diallers.empty() ? !link.from_clients && is_in(nodes, link.from_node)
                             : !dials(link, diallers)) {
            continue;
        }
        if (!link.listen) return no_listen(link).within("to");
        add_hop(hops, link.id, Direction::both);
    }
    if (hops.empty()) {
        return Error{ErrorCode::invalid,
                     "to: no link leads there from these, declare one with \"listen\" under "
                     "/system/links"};
    }
    devices::proxy::Rule rule;
    rule.http = std::move(fault);
    auto plan = plan_rule(hops, rule, nodes, context.topology);
    plan.notes = {"by proxy: only it reads HTTP requests"};
    plan.expects_outage = false;
    return plan;
}

}  // namespace gameday::faults
