#include "injectors/replication_lag/replication_lag.hpp"

#include "injectors/common/hops.hpp"
#include "injectors/common/places.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gameday::faults {

namespace {

constexpr std::array specs{
    ParamSpec{"from", ParamType::name, "@primary", "the region or node that is replicated"},
    ParamSpec{"to", ParamType::names, "@replicas", "the regions or nodes that fall behind"},
    ParamSpec{"mode", ParamType::choice, "delay",
              "delay: the data arrives late; pause: it waits until the fault is healed", false,
              "delay|pause"},
    ParamSpec{"delay", ParamType::duration, "", "how late, for mode delay"},
};

devices::proxy::Rule read_rule(ParamReader& reader) {
    devices::proxy::Rule rule;
    const bool pause = reader.text("mode") == "pause";
    rule.delay = reader.duration("delay");
    if (pause) rule.cut = devices::proxy::Cut::blackhole;
    if (pause && reader.has("delay")) {
        reader.fail("delay", "has no meaning with mode \"pause\", leave it out");
    }
    if (!pause && rule.delay <= Duration::zero()) {
        reader.fail("delay", "is missing, write for example \"2s\"");
    }
    return rule;
}

Result<FaultPlan> plan(const Params& params, const PlanContext& context) {
    ParamReader reader(params, specs);
    const auto source = find_all_nodes(reader, "from", {reader.text("from")}, context);
    auto replicas = find_all_nodes(reader, "to", reader.names("to"), context);
    const auto rule = read_rule(reader);
    std::erase_if(replicas, [&](NodeId node) {
        return std::find(source.begin(), source.end(), node) != source.end();
    });
    if (replicas.empty()) reader.fail("to", "leaves no replica beside the source, name others");
    if (auto good = reader.finish(); !good) return good.error();
    const Place from{reader.text("from"), source, {}};
    Hops all;
    for (const NodeId replica : replicas) {
        const Place to{context.topology.node_name(replica), {replica}, {}};
        // Only what the source says: acknowledgements come back on time.
        auto hops = hops_between(from, to, Direction::to, context.topology);
        if (!hops) return std::move(hops.error()).within("to");
        if (hops->empty()) return no_hop(from.name, to.name).within("to");
        add_hops(all, *hops);
    }
    auto plan = plan_rule(all, rule, replicas, context.topology);
    plan.expects_outage = false;
    return plan;
}

}  // namespace

const FaultKind replication_lag{"replication_lag",
                                "what the source says reaches the replicas late, or not at all",
                                specs, plan};

}  // namespace gameday::faults
