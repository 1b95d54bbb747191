#include "injectors/replication_lag/replication_lag.hpp"

#include "injectors/common/medium.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
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
    via_spec("auto|proxy|firewall|netem|nfqueue"),
    packets_specs[0],
    packets_specs[1],
};

// How late; nothing when it is held until the fault is healed.
std::optional<Duration> read_delay(ParamReader& reader) {
    const bool pause = reader.text("mode") == "pause";
    const auto delay = reader.duration("delay");
    const auto via = reader.text("via");
    if (pause && (via == "netem" || via == "nfqueue")) {
        reader.fail("via",
                    fmt::format("{} only delays, write \"firewall\" for mode \"pause\"", via));
    }
    if (!pause && via == "firewall") {
        reader.fail("via", "firewall cannot delay, write \"netem\" or \"nfqueue\"");
    }
    if (pause && reader.has("delay")) {
        reader.fail("delay", "has no meaning with mode \"pause\", leave it out");
    }
    if (!pause && delay <= Duration::zero()) {
        reader.fail("delay", "is missing, write for example \"2s\"");
    }
    return pause ? std::nullopt : std::optional(delay);
}

Result<FaultPlan> plan_late(const Links& links, Duration delay, const PlanContext& context) {
    Impairing impairing;
    impairing.impairment.delay = delay;
    impairing.proxy.emplace();
    impairing.proxy->delay = delay;
    return plan_impairment(links, impairing, context);
}

Result<FaultPlan> plan_held(const Links& links, const PlanContext& context) {
    Cutting cutting;
    cutting.proxy.cut = devices::proxy::Cut::hold;
    return plan_cut(links, cutting, context);
}

Result<FaultPlan> plan(const Params& params, const PlanContext& context) {
    ParamReader reader(params, specs);
    const auto source = find_all_nodes(reader, "from", {reader.text("from")}, context);
    auto replicas = find_all_nodes(reader, "to", reader.names("to"), context);
    const auto delay = read_delay(reader);
    const auto packets = read_packets(reader);
    std::erase_if(replicas, [&](NodeId node) {
        return std::find(source.begin(), source.end(), node) != source.end();
    });
    if (replicas.empty()) reader.fail("to", "leaves no replica beside the source, name others");
    if (auto good = reader.finish(); !good) return good.error();
    Links links;
    links.field = "to";
    links.via = reader.text("via");
    links.packets = packets;
    // Only what the source says: acknowledgements come back on time.
    links.direction = Direction::to;
    links.groups = {{{{reader.text("from"), source, {}}}}, {}};
    for (const NodeId replica : replicas) {
        links.groups[1].places.push_back({context.topology.node_name(replica), {replica}, {}});
    }
    auto plan = delay ? plan_late(links, *delay, context) : plan_held(links, context);
    if (!plan) return plan;
    plan->nodes = replicas;
    plan->expects_outage = false;
    return plan;
}

}  // namespace

const FaultKind replication_lag{"replication_lag",
                                "what the source says reaches the replicas late, or not at all",
                                specs, plan};

}  // namespace gameday::faults
