#include "injectors/proxy_server/toxics/datagram_toxic.hpp"

#include "injectors/devices/proxy/rules/rules.hpp"
#include "injectors/proxy_server/toxics/toxic_rule.hpp"

#include <algorithm>

namespace gameday::devices::proxy::toxiproxy {
namespace {

std::int64_t attribute(const Toxic& toxic, const char* name) {
    const auto found = toxic.attributes.find(name);
    return found == toxic.attributes.end() ? 0 : std::max<std::int64_t>(found->second, 0);
}

void add(const DrawnToxic& drawn, const Rule& made, udp::DatagramRule& rule) {
    const auto& [toxic, seed] = drawn;
    if (toxic.type == "latency") {
        rule.late.push_back({made.delay, made.jitter, seed});
    } else if (toxic.type == "bandwidth") {
        rule.stall = rule.stall || made.stall;
        const auto rate = made.own_rate;
        if (rate > 0) rule.rate = rule.rate == 0 ? rate : std::min(rule.rate, rate);
    } else if (toxic.type == "packet_loss") {
        rule.lost.push_back({attribute(toxic, "loss"), seed});
    } else if (toxic.type == "duplicate") {
        rule.twice.push_back({attribute(toxic, "share"), seed});
    } else if (toxic.type == "reorder") {
        const auto gap = std::max<std::int64_t>(attribute(toxic, "gap"), 1);
        rule.overtaken.push_back({{attribute(toxic, "share"), seed}, gap});
    }
}

}  // namespace

udp::DatagramRule datagram_rule(const std::vector<DrawnToxic>& toxics, Direction way,
                                std::uint64_t session) {
    udp::DatagramRule rule;
    for (const DrawnToxic& drawn : toxics) {
        const auto made = rule_of(drawn.toxic, drawn.seed);
        const bool is_met = meets({FaultId{}, made, 0}, session);
        if (is_met && covers(made.direction, way)) add(drawn, made, rule);
    }
    return rule;
}

}  // namespace gameday::devices::proxy::toxiproxy
