// The fault kind `partition`: groups of nodes that cannot hear each other.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"

#include <array>

namespace gameday::faults {

namespace {

namespace firewall = devices::firewall;
namespace proxy = devices::proxy;

constexpr std::array partition_specs{
    ParamSpec{"groups", ParamType::groups, "",
              "regions, nodes or clients:REGION; no group hears another, and nodes in none are one "
              "more group"},
    ParamSpec{
        "between", ParamType::groups, "",
        "instead of groups: the same, but nodes in none hear everybody (a partial partition)"},
    ParamSpec{"direction", ParamType::choice, "both",
              "to: what earlier groups say to later ones is lost; from: what they would hear",
              false, "both|to|from"},
    ParamSpec{"style", ParamType::choice, "blackhole",
              "silence, resets, or refused connections (those that stand go on)", false,
              "blackhole|reset|refuse"},
    ParamSpec{"connections", ParamType::choice, "all", "which connections are cut", false,
              "all|new|established"},
    ParamSpec{"clients", ParamType::flag, "false",
              "whether the clients of a region are cut off with its nodes; else only links between "
              "nodes are cut"},
    via_spec("auto|proxy|firewall"),
    everything_spec,
    packets_specs[0],
    packets_specs[1],
};

Cutting read_cutting(ParamReader& reader) {
    Cutting cutting;
    auto& rule = cutting.proxy;
    const auto style = reader.text("style");
    const auto connections = reader.text("connections");
    rule.cut = proxy::Cut::blackhole;
    if (style == "reset") rule.cut = proxy::Cut::reset;
    if (style == "refuse") rule.cut = proxy::Cut::refuse;
    if (connections == "new") rule.scope = proxy::Scope::fresh;
    if (connections == "established") rule.scope = proxy::Scope::established;
    if (style == "reset") cutting.cut = firewall::Cut::reset;
    if (style == "refuse") cutting.cut = firewall::Cut::reject;
    if (connections == "new") cutting.scope = firewall::Scope::fresh;
    if (connections == "established") cutting.scope = firewall::Scope::established;
    // Connections that stand go on.
    if (style == "refuse") cutting.scope = firewall::Scope::fresh;
    if (rule.cut == proxy::Cut::refuse && rule.scope == proxy::Scope::established) {
        reader.fail("connections",
                    "\"established\" connections cannot be refused, write \"new\" "
                    "or another style");
    }
    if (rule.cut != proxy::Cut::blackhole &&
        read_direction(reader, "direction") != Direction::both) {
        reader.fail("direction",
                    "one way needs the style \"blackhole\": a reset or refused "
                    "connection is lost both ways");
    }
    return cutting;
}

Result<FaultPlan> plan_partition(const Params& params, const PlanContext& context) {
    ParamReader reader(params, partition_specs);
    const bool whole = reader.has("groups");
    const std::string field = whole ? "groups" : "between";
    if (whole == reader.has("between")) {
        reader.fail("groups", whole
                                  ? "stands beside \"between\", write one of the two"
                                  : "is missing, write for example [[\"us-east\"], [\"eu-west\"]]");
    }
    Links links;
    links.field = field;
    links.groups = read_groups(reader, field, context);
    if (whole) add_rest(links.groups, context.topology);
    if (links.groups.size() < 2 && reader.has(field)) {
        reader.fail(field, "leaves nobody to be cut off from, write at least two groups");
    }
    const auto cutting = read_cutting(reader);
    links.direction = read_direction(reader, "direction");
    links.via = reader.text("via");
    links.allow_everything = reader.flag("allow_everything");
    links.packets = read_packets(reader);
    if (reader.flag("clients")) add_clients(links.groups, context.topology);
    if (auto good = reader.finish(); !good) return good.error();
    return plan_cut(links, cutting, context);
}

}  // namespace

extern const FaultKind partition{"partition",     "groups of nodes cannot hear each other",
                                 partition_specs, plan_partition,
                                 "was cut off",   "were cut off from one another"};

}  // namespace gameday::faults
