// The fault kind `replication_lag`: what the source says reaches the replicas late, or not at all.
#include "harness/ports/fault_kind.hpp"
#include "injectors/common/links.hpp"
#include "injectors/devices/netem/actions.hpp"
#include "injectors/devices/nfqueue/actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace gameday::faults {

namespace {

constexpr std::array replication_lag_specs{
    ParamSpec{"from", ParamType::name, "@primary", "the region or node that is replicated"},
    ParamSpec{"to", ParamType::names, "@replicas", "the regions or nodes that fall behind"},
    ParamSpec{"mode", ParamType::choice, "delay",
              "delay: the data arrives late; pause: it waits until the fault is healed; throttle: "
              "links carry less of it a second",
              false, "delay|pause|throttle"},
    ParamSpec{"delay", ParamType::duration, "", "how late, for mode delay"},
    ParamSpec{"rate", ParamType::rate, "", "what a link carries, for mode throttle"},
    via_spec("auto|proxy|firewall|netem|nfqueue"),
    packets_specs[0],
    packets_specs[1],
};

// What becomes of the data: late by `delay`, no faster than `rate`, or, with neither, held until
// the fault is healed.
struct Lag {
    Duration delay{};
    std::int64_t rate = 0;  // bytes per second
    [[nodiscard]] bool held() const { return delay == Duration::zero() && rate == 0; }
};

void check_device(ParamReader& reader, bool pause) {
    const auto via = reader.text("via");
    const bool impairs = via == devices::netem::device_name || via == devices::nfqueue::device_name;
    if (pause && impairs) {
        reader.fail("via",
                    fmt::format("{} only delays, write \"firewall\" for mode \"pause\"", via));
    }
    if (!pause && via == devices::firewall::device_name) {
        reader.fail("via", "firewall cannot delay, write \"netem\" or \"nfqueue\"");
    }
}

Lag read_lag(ParamReader& reader) {
    const auto mode = reader.text("mode");
    const Lag lag{reader.duration("delay"), reader.rate("rate")};
    check_device(reader, mode == "pause");
    const auto foreign = [&](const char* field) {
        if (reader.has(field)) {
            reader.fail(field, fmt::format("has no meaning with mode \"{}\", leave it out", mode));
        }
    };
    if (mode != "delay") foreign("delay");
    if (mode != "throttle") foreign("rate");
    if (mode == "delay" && lag.delay <= Duration::zero()) {
        reader.fail("delay", "is missing, write for example \"2s\"");
    }
    if (mode == "throttle" && lag.rate <= 0) {
        reader.fail("rate", "is missing, write for example \"1Mbit\", or use mode \"pause\"");
    }
    return lag;
}

Result<FaultPlan> plan_slow(const Links& links, const Lag& lag, const PlanContext& context) {
    Impairing impairing;
    impairing.impairment.delay = lag.delay;
    impairing.impairment.rate = lag.rate;
    impairing.proxy.emplace();
    impairing.proxy->delay = lag.delay;
    impairing.proxy->rate = lag.rate;
    return plan_impairment(links, impairing, context);
}

Result<FaultPlan> plan_held(const Links& links, const PlanContext& context) {
    Cutting cutting;
    cutting.proxy.cut = devices::proxy::Cut::hold;
    return plan_cut(links, cutting, context);
}

Result<FaultPlan> plan_replication_lag(const Params& params, const PlanContext& context) {
    ParamReader reader(params, replication_lag_specs);
    const auto source = find_all_nodes(reader, "from", {reader.text("from")}, context);
    auto replicas = find_all_nodes(reader, "to", reader.names("to"), context);
    const auto lag = read_lag(reader);
    const auto packets = read_packets(reader);
    std::erase_if(replicas,
                  [&](NodeId node) { return std::ranges::find(source, node) != source.end(); });
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
    auto plan = lag.held() ? plan_held(links, context) : plan_slow(links, lag, context);
    if (!plan) return plan;
    plan->nodes = replicas;
    plan->expects_outage = false;
    return plan;
}

}  // namespace

extern const FaultKind replication_lag{
    "replication_lag",     "what the source says reaches the replicas late, or not at all",
    replication_lag_specs, plan_replication_lag,
    "fell behind",         "fell behind"};

}  // namespace gameday::faults
