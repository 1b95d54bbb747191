// The fault kind `region_outage`: a whole region is gone from the others and from all clients.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/hops.hpp"
#include "injectors/common/links.hpp"
#include "injectors/common/places.hpp"
#include "injectors/process_kill/process_kill.hpp"
#include "injectors/process_pause/process_pause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gameday::faults {

namespace {

constexpr std::array region_outage_specs{
    ParamSpec{"region", ParamType::name, "", "the region, or @primary for that of the primary",
              true},
    ParamSpec{"style", ParamType::choice, "blackhole",
              "blackhole and reset: on all links into and out of the region; crash: its processes "
              "are killed; pause: they freeze",
              false, "blackhole|reset|crash|pause"},
    ParamSpec{"restart", ParamType::flag, "true",
              "for crash: whether healing runs the restart commands; false: something else does"},
    via_spec("auto|proxy|firewall"),
    everything_spec,
};

// The region of that name, or that of the one node that the name means.
Result<RegionId> find_region(const std::string& name, const PlanContext& context) {
    auto place = find_nodes(name, context);
    if (!place) return place.error();
    const auto region = context.topology.region_of(place->nodes.front());
    if (context.topology.find_region(name) || name == "@primary" || name == "@replica")
        return region;
    return invalid("\"{}\" is no region, write \"{}\"", name, context.topology.region_name(region));
}

// Links with one end in the region. Its own clients are users, who are elsewhere: they are cut off
// from the region, not from the others.
Result<Hops> hops_at_border(const Region& region, const Topology& topology) {
    Hops hops;
    const auto inside = [&](NodeId node) {
        return std::ranges::find(region.nodes, node) != region.nodes.end();
    };
    std::vector<NodeId> reached;
    for (const auto& link : topology.links) {
        const bool from_inside = !link.from_clients && inside(link.from_node);
        const bool to_inside = inside(link.to_node);
        if (from_inside == to_inside) continue;
        if (!link.listen) return no_listen(link);
        add_hop(hops, link.id, Direction::both);
        add_nodes(reached, {from_inside ? link.from_node : link.to_node});
    }
    for (const NodeId node : region.nodes) {
        if (std::ranges::find(reached, node) == reached.end()) {
            return no_hop(topology.node_name(node), "anybody outside " + region.name);
        }
    }
    return hops;
}

Result<FaultPlan> plan_border(const Region& region, ParamReader& reader,
                              const PlanContext& context) {
    const bool reset = reader.text("style") == "reset";
    Cutting cutting;
    cutting.proxy.cut = reset ? devices::proxy::Cut::reset : devices::proxy::Cut::blackhole;
    cutting.cut = reset ? devices::firewall::Cut::reset : devices::firewall::Cut::drop;
    const auto hops = hops_at_border(region, context.topology);
    std::optional<Error> no_proxy;
    if (!hops) no_proxy = Error(hops.error()).within("region");
    // A reset is an answer to what arrives, and has to leave.
    auto touched = touch_border(region, reader.flag("allow_everything"), !reset, context);
    const auto carrier = choose(
        {reader.text("via"), no_proxy, true, touched, {devices::firewall::device_name}}, context);
    if (!carrier) return carrier.error();
    if (works_on_hops(carrier->device)) {
        auto plan = plan_rule(*hops, cutting.proxy, region.nodes, context.topology);
        plan.taken = region.nodes;
        plan.notes = {carrier->why};
        note_cut(plan, carrier->device, cutting.proxy.cut, context);
        return plan;
    }
    auto plan = plan_firewall(*touched, cutting);
    plan.nodes = plan.taken = region.nodes;
    plan.notes = {carrier->why};
    plan.notes.insert(plan.notes.end(), touched->notes.begin(), touched->notes.end());
    return plan;
}

Result<FaultPlan> plan_region_outage(const Params& params, const PlanContext& context) {
    ParamReader reader(params, region_outage_specs);
    const auto name = reader.text("region");
    const auto style = reader.text("style");
    const bool restart = reader.flag("restart");
    auto id = find_region(name, context);
    if (!id && reader.has("region")) reader.fail("region", id.error().message);
    if (reader.has("restart") && style != "crash") {
        reader.fail("restart", "has a meaning for the style \"crash\" only, leave it out");
    }
    const bool of_processes = style == "crash" || style == "pause";
    for (const char* field : {"via", "allow_everything"}) {
        if (!of_processes || !reader.has(field)) continue;
        reader.fail(field, fmt::format("has no meaning for the style \"{}\", leave it out", style));
    }
    (void)reader.text("via");               // for its check
    (void)reader.flag("allow_everything");  // for its check
    if (auto good = reader.finish(); !good) return good.error();
    const Region& region = context.topology.region(*id);
    if (!of_processes) return plan_border(region, reader, context);
    auto plan = style == "crash" ? plan_kill(region.nodes, restart, context.topology)
                                 : plan_pause(region.nodes, context.topology);
    if (!plan) return std::move(plan.error()).within("region");
    return plan;
}

}  // namespace

extern const FaultKind region_outage{
    "region_outage",     "a whole region is gone, from the others and from all clients",
    region_outage_specs, plan_region_outage,
    "was out",           "were out"};

}  // namespace gameday::faults
