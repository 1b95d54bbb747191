#include "injectors/latency/latency.hpp"

#include "injectors/common/groups.hpp"

#include <array>
#include <utility>

namespace gameday::faults {

namespace {

constexpr std::array specs{
    ParamSpec{"between", ParamType::groups, "",
              "groups of regions, nodes or clients:REGION; the links between each two of them"},
    ParamSpec{"to", ParamType::names, "",
              "instead of between: regions or nodes; the links between them and everybody else"},
    ParamSpec{"delay", ParamType::duration, "",
              "added each way, so a round trip grows by twice this (by once, if one way)", true},
    ParamSpec{"jitter", ParamType::duration, "0s", "the delay varies evenly by this, up and down"},
    ParamSpec{"direction", ParamType::choice, "both",
              "to: only what earlier groups say to later ones, or what is said to the places of "
              "`to`; from: only the answers",
              false, "both|to|from"},
    ParamSpec{"clients", ParamType::flag, "",
              "whether client links count: with between those of the groups' regions (default "
              "false), with to those of all regions (default true)"},
};

devices::proxy::Rule read_rule(ParamReader& reader) {
    devices::proxy::Rule rule;
    rule.delay = reader.duration("delay");
    rule.jitter = reader.duration("jitter");
    if (reader.has("delay") && rule.delay <= Duration::zero()) {
        reader.fail("delay", "is no delay, write for example \"100ms\"");
    }
    if (rule.jitter > rule.delay) reader.fail("jitter", "is more than the delay, write less");
    return rule;
}

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

Result<FaultPlan> plan(const Params& params, const PlanContext& context) {
    ParamReader reader(params, specs);
    const bool towards = reader.has("to");
    const std::string field = towards ? "to" : "between";
    if (towards == reader.has("between")) {
        reader.fail("between", towards ? "stands beside \"to\", write one of the two"
                                       : "is missing, write for example [[\"us-east\"], "
                                         "[\"eu-west\"]]");
    }
    const bool clients = reader.has("clients") ? reader.flag("clients") : towards;
    const auto rule = read_rule(reader);
    const auto direction = read_direction(reader, "direction");
    std::vector<Group> groups;
    if (towards) {
        const auto names = reader.names("to");
        const auto nodes = find_all_nodes(reader, "to", names, context);
        const auto first = names.empty() ? std::string() : names.front();
        groups = groups_towards(nodes, first, clients, context.topology);
    } else {
        groups = read_groups(reader, "between", context);
        if (groups.size() < 2 && reader.has("between")) {
            reader.fail("between", "has no two sides, write at least two groups");
        }
        if (clients) add_clients(groups, context.topology);
    }
    if (auto good = reader.finish(); !good) return good.error();
    auto hops = hops_across(groups, direction, context.topology);
    if (!hops) return std::move(hops.error()).within(field);
    auto plan = plan_rule(*hops, rule, named_nodes(groups), context.topology);
    plan.expects_outage = false;
    return plan;
}

}  // namespace

const FaultKind latency{"latency", "links take longer, with jitter", specs, plan};

}  // namespace gameday::faults
