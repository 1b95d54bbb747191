#include "injectors/common/link_selection.hpp"

#include <string>
#include <utility>

namespace gameday::faults {

namespace {

// Everybody else first, so that `to` means towards the places named.
std::vector<Group> groups_towards(const std::vector<NodeId>& nodes, const std::string& names,
                                  bool clients, const Topology& topology) {
    const Group target{{{names, nodes, {}}}};
    std::vector<Group> groups{target};
    add_rest(groups, topology);
    if (groups.size() == 1) groups.push_back({{}, true});
    std::swap(groups[0], groups[1]);
    for (const auto& region : topology.regions) {
        if (clients) groups[0].places.push_back({"clients:" + region.name, {}, region.id});
    }
    return groups;
}

}  // namespace

Links read_sides(ParamReader& reader, const PlanContext& context, bool one_way) {
    const bool towards = reader.has("to");
    Links links;
    links.field = towards ? "to" : "between";
    if (towards == reader.has("between")) {
        reader.fail("between", towards ? "stands beside \"to\", write one of the two"
                                       : "is missing, write for example [[\"us-east\"], "
                                         "[\"eu-west\"]]");
    }
    const bool clients = reader.has("clients") ? reader.flag("clients") : towards;
    if (one_way) links.direction = read_direction(reader, "direction");
    if (towards) {
        const auto names = reader.names("to");
        const auto nodes = find_all_nodes(reader, "to", names, context);
        const auto first = names.empty() ? std::string() : names.front();
        links.groups = groups_towards(nodes, first, clients, context.topology);
    } else {
        links.groups = read_groups(reader, "between", context);
        if (links.groups.size() < 2 && reader.has("between")) {
            reader.fail("between", "has no two sides, write at least two groups");
        }
        if (clients) add_clients(links.groups, context.topology);
    }
    return links;
}

Links read_links(ParamReader& reader, const PlanContext& context) {
    auto links = read_sides(reader, context);
    links.via = reader.text("via");
    links.allow_everything = reader.flag("allow_everything");
    links.packets = read_packets(reader);
    return links;
}

double read_some(ParamReader& reader, std::string_view field) {
    const double share = reader.share(field);
    if (reader.has(field) && share <= 0) {
        reader.fail(field, "is nothing, write more than 0 and at most 1");
    }
    return share;
}

void read_delay(ParamReader& reader, kernel::Impairment& impairment) {
    impairment.delay = reader.duration("delay");
    impairment.jitter = reader.duration("jitter");
    if (reader.has("delay") && impairment.delay <= Duration::zero()) {
        reader.fail("delay", "is no delay, write for example \"100ms\"");
    }
    if (impairment.jitter > impairment.delay) {
        reader.fail("jitter", "is more than the delay, write less");
    }
}

Result<FaultPlan> plan_ridden_out(ParamReader& reader, const Impairing& impairing,
                                  const PlanContext& context) {
    const auto links = read_links(reader, context);
    if (auto good = reader.finish(); !good) return good.error();
    auto plan = plan_impairment(links, impairing, context);
    if (plan) plan->expects_outage = false;
    return plan;
}

}  // namespace gameday::faults
